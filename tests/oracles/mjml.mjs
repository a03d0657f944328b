// The official MJML. Takes a list of documents on stdin; gives a list of {html, errors}.
import { readFileSync } from "node:fs";
import mjml2html from "mjml";

const found = [];
for (const document of JSON.parse(readFileSync(0, "utf8"))) {
  const { html, errors } = await mjml2html(document, { fonts: {}, keepComments: false, validationLevel: "soft" });
  found.push({ html, errors: errors.map((e) => e.formattedMessage) });
}
process.stdout.write(JSON.stringify(found));
