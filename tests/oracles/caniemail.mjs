// What mail programs do not know of the HTML and CSS of the mails on stdin, after the tables of caniemail.com.
// Gives lines, sorted: ”none hyphens: gmail.android gmail.ios”, ”part margin: …”.
import { readFileSync } from "node:fs";
import { caniemail } from "caniemail";

// Those the tables say everything about; of the others (gmx, hey, thunderbird.windows …) they have gaps.
const clients = ["apple-mail.*", "gmail.*", "outlook.*", "samsung-email.android", "yahoo.*"];
const found = new Map();
for (const html of JSON.parse(readFileSync(0, "utf8"))) {
  const { issues } = caniemail({ clients, html });
  for (const [level, wrong] of [["none", issues.errors], ["part", issues.warnings]]) {
    for (const [client, lacking] of wrong) {
      for (const { title } of lacking) {
        const what = `${level} ${title}`;
        found.set(what, (found.get(what) ?? new Set()).add(client));
      }
    }
  }
}
const lines = [...found].map(([what, lacking]) => `${what}: ${[...lacking].sort().join(" ")}`);
process.stdout.write(JSON.stringify(lines.sort()));
