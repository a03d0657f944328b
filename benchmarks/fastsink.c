/* A relay that says yes to everything, keeps no message, and is not the limit: so that only the sender is measured.
 *
 * Takes   PORT (0: any free one) and, if wanted, how long it waits before each reply, milliseconds. 127.0.0.1 alone.
 * Gives   its port on stdout; SMTP with PIPELINING (RFC 5321, RFC 2920); who was written to and when, on asking.
 * Fails   exit 1 when it cannot listen, 2 when it is asked wrongly, 3 when there is no memory.
 *
 *     cc -O2 -o fastsink fastsink.c && ./fastsink PORT [MILLISECONDS]
 *
 * On the same port, beside SMTP:
 *     XSTAT        250 MESSAGES FIRST LAST BYTES CONNECTIONS (moments in nanoseconds since 1970)
 *     XRESET       forgets all that
 *     XDUMP FILE   one line for each accepted message: moment, bytes, recipient
 *     XSTOP        ends
 *
 * One thread, epoll. The replies to what came in together go out together, in order, also when they wait: a connection
 * that pipelines pays the wait once for each of its flights, as it pays the way to a server far away.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ROOM 65536   /* bytes that are read at once; a longer command line closes the connection */
#define ADDRESS 320  /* RFC 5321 section 4.5.3.1: 64 + 1 + 255 */
#define REPLIES 4096 /* bytes of replies to one read */
#define TURNS 256    /* events of one epoll_wait */

typedef struct {
    int fd, in_mail, closing;
    unsigned waiting;      /* flights of replies that wait for this connection */
    size_t filled, length; /* bytes in `in`; bytes of the message so far */
    size_t said;           /* bytes in `out` */
    char recipient[ADDRESS], in[ROOM], out[REPLIES];
} line_t;

typedef struct { long moment, bytes; char *recipient; } message_t;

/* Replies that wait. All wait equally long: the first in is the first out. */
typedef struct flight { long due; line_t *line; size_t length; struct flight *next; char text[]; } flight_t;

static message_t *messages;
static size_t taken, room;
static long total, connections, first, last, wait_ns;
static flight_t *oldest, *newest;

static long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void *sure(void *memory) {
    if (!memory) { fputs("fastsink: no memory\n", stderr); exit(3); }
    return memory;
}

static void say(line_t *line, const char *text) {
    size_t n = strlen(text);
    if (line->said + n > REPLIES) { line->closing = 1; return; }
    memcpy(line->out + line->said, text, n);
    line->said += n;
}

static void write_all(line_t *line, const char *text, size_t n) {
    while (n) {
        ssize_t k = send(line->fd, text, n, MSG_NOSIGNAL);
        if (k < 0 && errno == EINTR) continue;
        if (k < 0 && errno == EAGAIN) { usleep(100); continue; }
        if (k < 0) { line->closing = 1; return; }
        text += k;
        n -= k;
    }
}

/* What was said goes out: at once, or when it has waited. */
static void flush(line_t *line) {
    if (!line->said) return;
    if (!wait_ns) {
        write_all(line, line->out, line->said);
    } else {
        flight_t *flight = sure(malloc(sizeof *flight + line->said));
        *flight = (flight_t){now() + wait_ns, line, line->said, NULL};
        memcpy(flight->text, line->out, line->said);
        if (oldest) newest->next = flight; else oldest = flight;
        newest = flight;
        line->waiting++;
    }
    line->said = 0;
}

static void accept_message(line_t *line) {
    long moment = now();
    if (taken == room) messages = sure(realloc(messages, (room = room ? room * 2 : 65536) * sizeof *messages));
    if (!taken) first = moment;
    last = moment;
    total += line->length;
    messages[taken++] = (message_t){moment, line->length, sure(strdup(line->recipient))};
    line->in_mail = 0;
    say(line, "250 2.0.0 Ok: taken\r\n");
}

static void forget(void) {
    while (taken) free(messages[--taken].recipient);
    total = connections = first = last = 0;
}

static void dump(const char *path) {
    FILE *file = fopen(path, "w");
    if (!file) return;
    for (size_t n = 0; n < taken; n++)
        fprintf(file, "%ld %ld %s\n", messages[n].moment, messages[n].bytes, messages[n].recipient);
    fclose(file);
}

static void keep_recipient(line_t *line, const char *command) {
    const char *from = strchr(command, '<'), *to = from ? strchr(from, '>') : NULL;
    size_t n = to ? (size_t)(to - from - 1) : 0;
    if (n >= ADDRESS) n = ADDRESS - 1;
    if (n) memcpy(line->recipient, from + 1, n);
    line->recipient[n] = 0;
}

static void obey(line_t *line, char *command) {
    char answer[160];
    if (!strncasecmp(command, "MAIL", 4)) say(line, "250 2.1.0 Ok\r\n");
    else if (!strncasecmp(command, "RCPT", 4)) { keep_recipient(line, command); say(line, "250 2.1.5 Ok\r\n"); }
    else if (!strncasecmp(command, "DATA", 4)) {
        line->in_mail = 1;
        line->length = 0;
        say(line, "354 End data with .\r\n");
    }
    else if (!strncasecmp(command, "EHLO", 4))
        say(line, "250-fastsink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 104857600\r\n");
    else if (!strncasecmp(command, "HELO", 4)) say(line, "250 fastsink\r\n");
    else if (!strncasecmp(command, "RSET", 4) || !strncasecmp(command, "NOOP", 4)) say(line, "250 2.0.0 Ok\r\n");
    else if (!strncasecmp(command, "QUIT", 4)) { say(line, "221 2.0.0 Bye\r\n"); line->closing = 1; }
    else if (!strcmp(command, "XSTAT")) {
        snprintf(answer, sizeof answer, "250 %zu %ld %ld %ld %ld\r\n", taken, first, last, total, connections);
        say(line, answer);
    }
    else if (!strcmp(command, "XRESET")) { forget(); say(line, "250 forgotten\r\n"); }
    else if (!strncmp(command, "XDUMP ", 6)) { dump(command + 6); say(line, "250 written\r\n"); }
    else if (!strcmp(command, "XSTOP")) exit(0);
    else say(line, "502 5.5.2 Unknown\r\n");
}

/* The end of the message among the bytes from `at`, or NULL; of what is not the end, all but four bytes are let go. */
static char *message_end(line_t *line, char *at, size_t rest) {
    if (!line->length && rest >= 3 && !memcmp(at, ".\r\n", 3)) return at + 3; /* an empty one */
    char *end = memmem(at, rest, "\r\n.\r\n", 5);
    if (end) { line->length += end - at + 2; return end + 5; }
    size_t kept = rest < 4 ? rest : 4;
    line->length += rest - kept;
    memmove(line->in, at + rest - kept, kept);
    line->filled = kept;
    return NULL;
}

static void hear(line_t *line) {
    char *at = line->in, *end = line->in + line->filled;
    while (at < end && !line->closing) {
        if (line->in_mail) {
            if (!(at = message_end(line, at, end - at))) return;
            accept_message(line);
            continue;
        }
        char *stop = memchr(at, '\n', end - at);
        if (!stop) break;
        *stop = 0;
        if (stop > at && stop[-1] == '\r') stop[-1] = 0;
        obey(line, at);
        at = stop + 1;
    }
    line->filled = end - at;
    memmove(line->in, at, line->filled);
    if (line->filled == ROOM - 1) line->closing = 1;
}

static void hang_up(line_t *line) {
    close(line->fd);
    line->fd = -1;
    if (!line->waiting) free(line); /* else when the last of its flights has left */
}

/* The replies that have waited go out; gives milliseconds to the next, -1 when none waits. */
static int let_go(void) {
    while (oldest) {
        flight_t *flight = oldest;
        line_t *line = flight->line;
        long left = flight->due - now();
        if (left > 0) return (int)((left + 999999) / 1000000);
        if (line->fd >= 0) write_all(line, flight->text, flight->length);
        oldest = flight->next;
        free(flight);
        line->waiting--;
        if (!line->waiting && line->fd < 0) free(line);
        else if (!line->waiting && line->closing) hang_up(line);
    }
    return -1;
}

static void meet(int listener, int poll) {
    int fd, on = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        line_t *line = sure(calloc(1, sizeof *line));
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = line};
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        line->fd = fd;
        connections++;
        epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
        say(line, "220 fastsink ESMTP\r\n");
        flush(line);
    }
}

static void turn(line_t *line) {
    ssize_t n = recv(line->fd, line->in + line->filled, ROOM - 1 - line->filled, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) { hang_up(line); return; }
    line->filled += n;
    hear(line);
    flush(line);
    if (line->closing && !line->waiting) hang_up(line);
}

static int listen_on(int port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    struct sockaddr_in at = {AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}, {0}};
    socklen_t size = sizeof at;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (void *)&at, sizeof at) || listen(listener, 1024)) { perror("fastsink"); exit(1); }
    getsockname(listener, (void *)&at, &size);
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    return listener;
}

int main(int count, char **words) {
    struct epoll_event events[TURNS], event = {.events = EPOLLIN, .data.ptr = NULL};
    if (count < 2 || count > 3) { fputs("fastsink PORT [MILLISECONDS]\n", stderr); return 2; }
    wait_ns = count > 2 ? atol(words[2]) * 1000000 : 0;
    signal(SIGPIPE, SIG_IGN);
    int listener = listen_on(atoi(words[1])), poll = epoll_create1(0);
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int n = epoll_wait(poll, events, TURNS, let_go());
        for (int k = 0; k < n; k++)
            if (events[k].data.ptr) turn(events[k].data.ptr); else meet(listener, poll);
    }
}
