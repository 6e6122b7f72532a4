/*
 * roomload: members of one room on several nodes, some of whom speak, on epoll. bench/scale/main.ts
 * builds it:
 *
 *   gcc -O2 -o roomload roomload.c
 *
 * It connects over loopback, lets each node's first member speak until all members have heard it,
 * warms up, counts for some seconds, lets what is under way arrive, compares what the members have
 * heard, and prints one line of JSON.
 *
 *   --port N     a node; given again for each
 *   -c N -n N    members of each node, and how many of them speak
 *   -p N         messages in flight of each that speaks: when it hears its own, it sends the next
 *   --path P     of the WebSocket
 *   --hello T    sent once by each member at first
 *   --greetings N  so many messages come before a member may speak
 *   --text T     what is said; ######## in it is replaced by the number of the message, after an @
 *   -d S -w S    seconds that are counted, and seconds before them
 *   --pid N      a process, whose CPU time is taken where counting begins and ends; given again for
 *                each
 *
 * "places": how many messages were said. "differ": at how many places of the members' lists not all
 * have the same message. "lost" and "doubled": messages that a member has not heard, or again.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAXPORTS = 16, MAXPIDS = 16, MAXSENT = 1 << 24, MAXFRAME = 4096 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

typedef struct {
  int fd, node, isopen, speaks;
  char head[4096];
  int headlen;
  uint8_t hdr[10];
  int hdrlen, opcode;
  uint64_t need;
  uint8_t message[MAXFRAME]; // what has come of the current one
  int length, greetings;     // messages that have come
  int probed;                // bit by node whose probe was heard
  uint32_t *heard;
  uint32_t count, room;
} Conn;

static Conn *conns;
static int nconns, ports[MAXPORTS], nports, pids[MAXPIDS], npids;
static int members = 20, speakers = 2, inflight = 4, greetings;
static double secs = 3, warm = 1;
static const char *path = "/", *hello = NULL, *text = NULL;
static char before[MAXFRAME], after[MAXFRAME];
static uint32_t sent;   // numbers below MAXPORTS are probes
static double *sentat;  // by number
static uint32_t *saidby; // by number
static int isspeaking, iscounting;
static uint64_t delivered;
static uint32_t *hist; // latencies, 64 buckets an octave
enum { BUCKETS = 4096 };

static int bucket(double s) {
  double us = s * 1e6 < 1 ? 1 : s * 1e6;
  uint64_t u;
  memcpy(&u, &us, 8);
  int b = (int)(u >> 46) - (1023 << 6);
  return b >= BUCKETS ? BUCKETS - 1 : b;
}
static double unbucket(int b) {
  return __builtin_ldexp(1 + ((b & 63) + 0.5) / 64, b >> 6);
}
static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}
static size_t frame(uint8_t *f, const char *p, size_t n) {
  static const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};
  size_t h = 0;
  f[h++] = 0x81;
  if (n < 126)
    f[h++] = 0x80 | n;
  else {
    f[h++] = 0x80 | 126;
    f[h++] = n >> 8;
    f[h++] = n;
  }
  memcpy(f + h, key, 4);
  h += 4;
  for (size_t i = 0; i < n; i++)
    f[h + i] = p[i] ^ key[i & 3];
  return h + n;
}
static void put(Conn *c, const void *bytes, size_t n) {
  // The messages in flight fit into the socket's buffer.
  if (write(c->fd, bytes, n) != (ssize_t)n) fail("a node does not read");
}
static size_t say(uint8_t *to, uint32_t number) {
  char p[MAXFRAME];
  int n = snprintf(p, sizeof p, "%s%08u%s", before, number, after);
  return frame(to, p, n);
}
static void speak(Conn *c, int count, double t) {
  static uint8_t out[1 << 18];
  size_t n = 0;
  for (int i = 0; i < count && n + MAXFRAME < sizeof out; i++) {
    if (sent == MAXSENT) fail("too many messages");
    sentat[sent] = t;
    saidby[sent] = c - conns;
    n += say(out + n, sent++);
  }
  put(c, out, n);
}
static void probe(Conn *c) {
  uint8_t out[MAXFRAME];
  put(c, out, say(out, c->node));
}

static void hear(Conn *c, uint32_t number, double t) {
  if (number < MAXPORTS) {
    c->probed |= 1 << number;
    return;
  }
  if (number >= sent) fail("a number that nobody has sent");
  if (c->count == c->room) {
    c->room = c->room ? 2 * c->room : 1024;
    c->heard = realloc(c->heard, c->room * sizeof *c->heard);
  }
  c->heard[c->count++] = number;
  if (!iscounting) return;
  delivered++;
  hist[bucket(t - sentat[number])]++;
}
// Returns how many of its own messages were heard.
static int receive(Conn *c, const uint8_t *b, ssize_t n, double t) {
  int own = 0;
  for (ssize_t i = 0; i < n;) {
    if (c->need) {
      uint64_t k = c->need < (uint64_t)(n - i) ? c->need : (uint64_t)(n - i);
      if (c->length + k > sizeof c->message) fail("a message is too long");
      memcpy(c->message + c->length, b + i, k);
      c->length += k;
      i += k;
      c->need -= k;
    } else {
      c->hdr[c->hdrlen++] = b[i++];
      if (c->hdrlen < 2) continue;
      int l = c->hdr[1] & 127, all = 2 + (l == 126 ? 2 : l == 127 ? 8 : 0);
      if (c->hdrlen < all) continue;
      if (l == 127) fail("a message is too long");
      c->need = l == 126 ? c->hdr[2] << 8 | c->hdr[3] : l;
      c->opcode = c->hdr[0] & 15;
      c->length = 0;
      if (c->opcode == 8) fail("a node has closed a connection");
    }
    if (c->need) continue;
    c->hdrlen = 0;
    if (c->opcode != 1) continue;
    c->greetings++;
    const uint8_t *at = memchr(c->message, '@', c->length);
    if (at == NULL || at + 9 > c->message + c->length) continue;
    uint32_t number = 0;
    for (int j = 1; j <= 8; j++)
      number = number * 10 + at[j] - '0';
    hear(c, number, t);
    if (number >= MAXPORTS && saidby[number] == c - conns) own++;
  }
  return own;
}

static void dial(Conn *c, int node) {
  static const int one = 1;
  c->node = node;
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(ports[node])};
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (c->fd < 0 || connect(c->fd, (void *)&a, sizeof a)) fail("cannot connect");
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  char request[1024];
  int n = snprintf(request, sizeof request,
                   "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: "
                   "Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-"
                   "Version: 13\r\n\r\n",
                   path, ports[node]);
  put(c, request, n);
}
static void opened(Conn *c) {
  c->isopen = 1;
  if (hello == NULL) return;
  uint8_t out[MAXFRAME];
  put(c, out, frame(out, hello, strlen(hello)));
}
// Takes bytes, of the response first, then of messages. Returns how many of its own were heard.
static int take(Conn *c, const uint8_t *b, ssize_t n, double t) {
  if (c->isopen) return receive(c, b, n, t);
  if (c->headlen + n >= (ssize_t)sizeof c->head) fail("a response is too long");
  memcpy(c->head + c->headlen, b, n);
  c->headlen += n;
  c->head[c->headlen] = 0;
  char *end = memmem(c->head, c->headlen, "\r\n\r\n", 4);
  if (end == NULL) return 0;
  if (memcmp(c->head, "HTTP/1.1 101", 12)) fail("a node does not upgrade");
  opened(c);
  end += 4;
  return receive(c, (uint8_t *)end, c->head + c->headlen - end, t);
}

static double cpuof(int pid) {
  char f[64], b[4096];
  snprintf(f, sizeof f, "/proc/%d/stat", pid);
  FILE *s = fopen(f, "r");
  size_t k = s == NULL ? 0 : fread(b, 1, sizeof b - 1, s);
  if (s != NULL) fclose(s);
  b[k] = 0;
  char *rest = strrchr(b, ')');
  long long u, sy;
  if (rest == NULL || sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld", &u,
                             &sy) != 2)
    fail("a process has ended");
  return (u + sy) / (double)sysconf(_SC_CLK_TCK);
}
static double owncpu(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

static int isready(void) {
  for (int i = 0; i < nconns; i++)
    if (conns[i].probed != (1 << nports) - 1) return 0;
  return 1;
}
static int isdone(void) {
  for (int i = 0; i < nconns; i++)
    if (conns[i].count < sent - MAXPORTS) return 0;
  return 1;
}
static uint32_t differing(void) {
  uint32_t differ = 0;
  for (uint32_t at = 0; at < sent - MAXPORTS; at++)
    for (int i = 0; i < nconns; i++)
      if (at >= conns[i].count || at >= conns[0].count ||
          conns[i].heard[at] != conns[0].heard[at]) {
        differ++;
        break;
      }
  return differ;
}
static void missing(uint64_t *lost, uint64_t *doubled) {
  uint8_t *seen = malloc(sent);
  *lost = *doubled = 0;
  for (int i = 0; i < nconns; i++) {
    memset(seen, 0, sent);
    for (uint32_t j = 0; j < conns[i].count; j++)
      *doubled += seen[conns[i].heard[j]]++ > 0;
    for (uint32_t j = MAXPORTS; j < sent; j++)
      *lost += seen[j] == 0;
  }
  free(seen);
}

static void arguments(int argc, char **argv) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const char *name = argv[i], *value = argv[i + 1];
#define IS(flag) (!strcmp(name, flag))
    if (IS("--port") && nports < MAXPORTS)
      ports[nports++] = atoi(value);
    else if (IS("--pid") && npids < MAXPIDS)
      pids[npids++] = atoi(value);
    else if (IS("-c"))
      members = atoi(value);
    else if (IS("-n"))
      speakers = atoi(value);
    else if (IS("-p"))
      inflight = atoi(value);
    else if (IS("-d"))
      secs = atof(value);
    else if (IS("-w"))
      warm = atof(value);
    else if (IS("--path"))
      path = value;
    else if (IS("--hello"))
      hello = value;
    else if (IS("--greetings"))
      greetings = atoi(value);
    else if (IS("--text"))
      text = value;
    else
      fail("unknown flag");
  }
  const char *mark = text == NULL ? NULL : strstr(text, "@########");
  if (mark == NULL || strlen(text) > 1000 || nports == 0) fail("--port and --text are needed");
  snprintf(before, sizeof before, "%.*s@", (int)(mark - text), text);
  snprintf(after, sizeof after, "%s", mark + 9);
}

int main(int argc, char **argv) {
  arguments(argc, argv);
  nconns = members * nports;
  conns = calloc(nconns, sizeof *conns);
  sentat = malloc(MAXSENT * sizeof *sentat);
  saidby = malloc(MAXSENT * sizeof *saidby);
  hist = calloc(BUCKETS, sizeof *hist);
  sent = MAXPORTS;
  int ep = epoll_create1(0);
  for (int i = 0; i < nconns; i++) {
    dial(&conns[i], i / members);
    conns[i].speaks = i % members < speakers;
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = &conns[i]};
    epoll_ctl(ep, EPOLL_CTL_ADD, conns[i].fd, &e);
  }
  static uint8_t b[1 << 18];
  struct epoll_event ev[256];
  double start = now(), nextprobe = start, begin = 0, end = 0, quiet = 0, own = 0, cpu[MAXPIDS];
  double window = 0;
  for (;;) {
    int n = epoll_wait(ep, ev, 256, 20);
    for (int i = 0; i < n; i++) {
      Conn *c = ev[i].data.ptr;
      ssize_t k = read(c->fd, b, sizeof b);
      if (k <= 0) fail("a node has closed a connection");
      double t = now();
      int heard = take(c, b, k, t);
      if (isspeaking && c->speaks && heard > 0) speak(c, heard, t);
    }
    double t = now();
    if (begin == 0) {
      if (t > start + 30) fail("not all members hear all nodes");
      if (isready()) {
        begin = t + warm;
        isspeaking = 1;
        for (int i = 0; i < nconns; i++)
          if (conns[i].speaks) speak(&conns[i], inflight, t);
      } else if (t >= nextprobe) {
        nextprobe = t + 0.2;
        for (int i = 0; i < nconns; i += members)
          if (conns[i].isopen && conns[i].greetings >= greetings) probe(&conns[i]);
      }
    } else if (isspeaking && !iscounting && t >= begin) {
      for (int i = 0; i < npids; i++)
        cpu[i] = cpuof(pids[i]);
      own = owncpu();
      iscounting = 1;
      begin = now();
      end = begin + secs;
    } else if (iscounting && t >= end) {
      window = now() - begin;
      own = owncpu() - own;
      for (int i = 0; i < npids; i++)
        cpu[i] = cpuof(pids[i]) - cpu[i];
      isspeaking = iscounting = 0;
      quiet = t;
    } else if (quiet != 0) {
      if (n > 0) quiet = t;
      if (isdone() || t > quiet + 3) break;
    }
  }
  uint64_t all = 0, passed = 0, lost, doubled;
  double q[2] = {0.5, 0.99}, v[2] = {0};
  for (int i = 0; i < BUCKETS; i++)
    all += hist[i];
  for (int i = 0, k = 0; i < BUCKETS && k < 2; i++) {
    passed += hist[i];
    while (k < 2 && all && passed >= q[k] * all)
      v[k++] = unbucket(i);
  }
  missing(&lost, &doubled);
  printf("{\"window_s\":%.3f,\"deliveries\":%lu,\"places\":%u,\"differ\":%u,\"lost\":%lu,"
         "\"doubled\":%lu,\"p50_us\":%.0f,\"p99_us\":%.0f,\"self_cpu_s\":%.3f,\"cpu_s\":[",
         window, delivered, sent - MAXPORTS, differing(), lost, doubled, v[0], v[1], own);
  for (int i = 0; i < npids; i++)
    printf("%s%.2f", i ? "," : "", cpu[i]);
  printf("]}\n");
  return 0;
}
