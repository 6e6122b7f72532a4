/*
 * wsload: a WebSocket load generator on epoll that costs the machine as little as possible.
 * bench/peers/install.ts builds it:
 *
 *   gcc -O2 -o wsload wsload.c -lm                             plain
 *   gcc -O2 -DFULL -o wsload wsload.c -lm -lz -lssl -lcrypto   with --tls and --deflate
 *
 * It connects over loopback, warms up, counts for some seconds, and prints one line of JSON.
 *
 *   --mode echo   each connection keeps -p messages in flight (the default)
 *   --mode hold   connections are opened and kept idle
 *   --mode fan    the first connection sends -p messages, all receive them, then it sends again
 *   --mode churn  each of -c slots connects, closes by a closing handshake, and connects again
 *   --mode poll   no WebSocket: each of -c slots connects, opens a session of Engine.IO by GET, POSTs
 *                 --hello, whose answer a poll brings, POSTs --text, which is answered by --answer,
 *                 POSTs its end, and connects again
 *   --mode get    no WebSocket: each connection sends a GET, and again when it is answered 200 with
 *                 a body of --text
 *   --mode sse    no WebSocket: the first connection POSTs to --hello, which is answered, and all
 *                 others are event streams that receive --text; then it POSTs again
 *
 *   -c N -p N -s BYTES -d SECONDS -w WARM-UP-SECONDS --host A --port N --path P
 *   --binary --text TEXT     what is sent; else -s letters
 *   --hello TEXT             sent once on each connection at first; answers are then not compared
 *   --greetings N            so many messages answer that; all connections wait for theirs, and
 *                            those that come and go close then
 *   --answer TEXT            what each text message is answered with, and compared with
 *   --attach                 --text goes before a binary message of -s bytes, and so does its answer
 *   --json                   1024 different JSON texts of 118 bytes in turn instead
 *   --lines N                N of these, joined, are one message
 *   --deflate                these, compressed, with context takeover where the server grants it
 *   --tls                    TLS 1.3; the certificate is not checked
 *   --ramp N                 at most so many handshakes at the same time
 *   --pid N                  takes CPU and memory of the processes under N where counting begins
 *                            and ends
 *
 * The first message of every connection is compared with what was sent, and the length of every
 * uncompressed one: "bad" counts those that differ.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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
#ifdef FULL
#include <openssl/ssl.h>
#include <zlib.h>
static SSL_CTX *ctx;
#endif

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

enum { CONNECTING, ASKED, OPEN, DEAD, TLS }; // Conn.state; TLS: its handshake is under way
enum { ECHO, HOLD, FAN, CHURN, GET, SSE, POLL };
typedef struct {
  int fd, state, writing, ready;
  uint8_t hs[4096];
  int hslen;
  uint8_t hdr[14];
  int hdrlen;
  uint64_t need;
  int opcode, fin, rsv1; // frame parser
  int pend, seq;         // frames still to be written, the first of them in the cycle
  size_t off;            // offset inside the frame being written
  double *ts, born;
  int tshead, tstail; // send times FIFO
  uint64_t got, size; // messages received, bytes of the current one
  int greeted, istext; // greetings received, type of the current message
  int matched;         // how much of the text an event stream has brought; whether a POST is not answered
  int step;            // --mode poll: requests that were answered
  char sid[128];       // names its session
  uint8_t *first;
  size_t firstlen; // the first message, kept when it is compressed
#ifdef FULL
  SSL *ssl;
#endif
} Conn;

static const char *modename = "echo", *path = "/", *host = "127.0.0.1", *text = NULL, *hello = NULL,
                  *answer = NULL;
static int mode, port = 8080, nconn = 64, pipeline = 1, size = 32, binary = 0, ramp = 200, json,
                 tls, deflating;
static double secs = 5, warm = 1;
static int comes_and_goes; // --mode churn and poll
static uint8_t *hframe;
static size_t hframelen;
static Conn *cs;
static int greetings, attach, ngreeted;
static int ep, nopen, ndead, nbad;
static uint64_t msgs, bytes, txbytes, totmsgs, squeezed;
static int counting;
static uint32_t *hist; // latency histogram, 64 buckets an octave
#define HB 4096
static int bucket(double s) {
  double us = s * 1e6;
  if (us < 1) us = 1;
  uint64_t u;
  memcpy(&u, &us, 8);
  int b = (int)(u >> 46) - (1023 << 6);
  return b >= HB ? HB - 1 : b;
}
static double unbucket(int b) {
  return __builtin_ldexp(1 + ((b & 63) + 0.5) / 64, b >> 6);
}
static uint64_t fan_expect, fan_got;
static double fan_t0;
static char req[2048];
static int reqlen;
static char params[256], cipher[64];

// The cycle of frames: `nframes` end to end in wbuf, the i-th at offs[i]. Uniform: all are the same.
static uint8_t *wbuf, *plain;
static size_t *offs;
static int nframes, uniform = 1;
// 120 KB and more, longer than the window of 32 KB, or every message would be found in the last round.
#define CYCLE 1024
#define JSONLEN 118
static int lines = 1, cycle = CYCLE; // texts in a message, messages until the first one comes again
static void jsontext(char *o, int i) {
  static const char *who[] = {"amsterdam", "barcelona", "cape-town", "dunedin-1",
                              "edinburgh", "fremantle", "gibraltar", "honolulu1"},
                    *what[] = {"arrive", "depart", "moored", "anchor"};
  uint32_t r = (i + 1) * 2654435761u;
  r ^= r >> 13;
  r *= 0x5bd1e995;
  r ^= r >> 15;
  char b[256];
  snprintf(b, sizeof b,
           "{\"type\":\"%s\",\"id\":%06d,\"port\":\"%s\",\"berth\":%03d,\"lat\":%07.3f,\"lon\":%07."
           "3f,\"at\":%d,\"tag\":\"%05x\"}",
           what[r & 3], 500000 + i, who[r >> 2 & 7], r >> 5 & 511, 100 + (r % 89999) / 1000.0,
           100 + (r >> 7) % 99999 / 1000.0, 1760000000 + i * 7, r & 0xfffff);
  memcpy(o, b, JSONLEN);
}
static size_t mkframe(uint8_t *f, const uint8_t *p, size_t n, int op) {
  size_t h = 0;
  f[h++] = 0x80 | op;
  if (n < 126)
    f[h++] = 0x80 | n;
  else if (n < 65536) {
    f[h++] = 0x80 | 126;
    f[h++] = n >> 8;
    f[h++] = n;
  } else {
    f[h++] = 0x80 | 127;
    for (int i = 7; i >= 0; i--)
      f[h++] = (uint64_t)n >> (8 * i);
  }
  uint8_t k[4] = {0x37, 0xfa, 0x21, 0x3d};
  memcpy(f + h, k, 4);
  h += 4;
  for (size_t i = 0; i < n; i++)
    f[h + i] = p[i] ^ k[i & 3];
  return h + n;
}
static void mkrequest(void) { // --mode get and sse: what the connections that ask send
  static size_t ends[2];
  ends[1] = mode == GET ? reqlen : hframelen;
  offs = ends;
  wbuf = mode == GET ? (uint8_t *)req : hframe;
  nframes = 1;
}
static void mkcycle(void) { // called at the first 101, when the extension is known
  if (nframes) return;
  if (!json) {
    nframes = pipeline;
    size_t room = (size_t)size + 14 + (attach ? strlen(text) + 14 : 0);
    while (nframes > 1 && nframes * room > (1 << 20))
      nframes /= 2;
    wbuf = malloc(nframes * room);
    offs = malloc(sizeof *offs * (nframes + 1));
    offs[0] = 0;
    for (int i = 0; i < nframes; i++) {
      size_t at = offs[i];
      if (attach) at += mkframe(wbuf + at, (uint8_t *)text, strlen(text), 1);
      offs[i + 1] = at + mkframe(wbuf + at, plain, size, binary || attach ? 2 : 1);
    }
    return;
  }
  uniform = 0;
  nframes = cycle;
  size_t room = 2 * (size_t)size + 64;
  wbuf = malloc(cycle * room);
  offs = malloc(sizeof *offs * (cycle + 1));
  offs[0] = 0;
#ifdef FULL
  if (strstr(params, "permessage-deflate")) {
    char *w = strstr(params, "client_max_window_bits=");
    int bits = w ? atoi(w + 23) : 15;
    if (bits < 9) bits = 9;
    z_stream z = {0};
    deflateInit2(&z, 6, Z_DEFLATED, -bits, 8, Z_DEFAULT_STRATEGY);
    deflating = 2;
    uint8_t *o = malloc(room);
    for (int i = 0; i < cycle;
         i++) { // the cycle starts with an empty context, so it may follow itself
      if (strstr(params, "client_no_context_takeover")) deflateReset(&z);
      z.next_in = plain + (size_t)i * size;
      z.avail_in = size;
      z.next_out = o;
      z.avail_out = room;
      deflate(&z, Z_SYNC_FLUSH);
      offs[i + 1] = offs[i] + mkframe(wbuf + offs[i], o, room - z.avail_out - 4, 0x41);
    }
    free(o);
    return;
  }
#endif
  for (int i = 0; i < cycle; i++)
    offs[i + 1] = offs[i] + mkframe(wbuf + offs[i], plain + (size_t)i * size, size, 1);
}

// CPU seconds (own, reaped children's too) and RSS of the process tree under `rootpid`; busy and
// steal: the whole machine.
typedef struct {
  double cpu, busy, steal;
  long rss, anon;
  int n;
} Tree;
static int rootpid;
static Tree tree(void) {
  Tree r = {0};
  if (!rootpid) return r;
  static struct {
    int pid, ppid, in;
    double cpu;
  } p[8192];
  int n = 0;
  DIR *d = opendir("/proc");
  struct dirent *e;
  char f[64], b[4096];
  while ((e = readdir(d)) && n < 8192) {
    int pid = atoi(e->d_name);
    if (pid <= 0) continue;
    snprintf(f, sizeof f, "/proc/%d/stat", pid);
    int fd = open(f, O_RDONLY);
    if (fd < 0) continue;
    int k = read(fd, b, sizeof b - 1);
    close(fd);
    if (k <= 0) continue;
    b[k] = 0;
    char *s = strrchr(b, ')');
    if (!s) continue;
    int ppid;
    long long u, sy, cu, csy;
    if (sscanf(s + 2, "%*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld %lld %lld", &ppid, &u,
               &sy, &cu, &csy) != 5)
      continue;
    p[n].pid = pid;
    p[n].ppid = ppid;
    p[n].in = pid == rootpid;
    p[n++].cpu = (u + sy + cu + csy) / (double)sysconf(_SC_CLK_TCK);
  }
  closedir(d);
  int st = open("/proc/stat", O_RDONLY);
  long long u[8] = {0};
  int k = read(st, b, sizeof b - 1);
  close(st);
  if (k > 0) {
    b[k] = 0;
    sscanf(b, "cpu %lld %lld %lld %lld %lld %lld %lld %lld", u, u + 1, u + 2, u + 3, u + 4, u + 5,
           u + 6, u + 7);
  }
  r.busy = (u[0] + u[1] + u[2] + u[5] + u[6]) / (double)sysconf(_SC_CLK_TCK);
  r.steal = u[7] / (double)sysconf(_SC_CLK_TCK);
  for (int more = 1; more;) {
    more = 0;
    for (int i = 0; i < n; i++)
      if (!p[i].in)
        for (int j = 0; j < n; j++)
          if (p[j].in && p[j].pid == p[i].ppid) {
            p[i].in = more = 1;
            break;
          }
  }
  for (int i = 0; i < n; i++)
    if (p[i].in) {
      r.n++;
      r.cpu += p[i].cpu;
      snprintf(f, sizeof f, "/proc/%d/status", p[i].pid);
      FILE *s = fopen(f, "r");
      if (!s) continue;
      long v;
      while (fgets(b, sizeof b, s)) {
        if (sscanf(b, "VmRSS: %ld", &v) == 1) r.rss += v;
        if (sscanf(b, "RssAnon: %ld", &v) == 1) r.anon += v;
      }
      fclose(s);
    }
  return r;
}
static double self(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

static ssize_t rd(Conn *c, void *b, size_t n) {
#ifdef FULL
  if (c->ssl) {
    int r = SSL_read(c->ssl, b, n);
    if (r > 0) return r;
    int e = SSL_get_error(c->ssl, r);
    if (e == SSL_ERROR_ZERO_RETURN) return 0;
    errno = e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
    return -1;
  }
#endif
  return read(c->fd, b, n);
}
static ssize_t wr(Conn *c, const void *b, size_t n) {
#ifdef FULL
  if (c->ssl) {
    int r = SSL_write(c->ssl, b, n);
    if (r > 0) return r;
    int e = SSL_get_error(c->ssl, r);
    errno = e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
    return -1;
  }
#endif
  return write(c->fd, b, n);
}
static void want(Conn *c, int w) {
  if (c->writing == w) return;
  c->writing = w;
  struct epoll_event e = {.events = EPOLLIN | (w ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
}
static void drop(Conn *c) {
#ifdef FULL
  if (c->ssl) {
    SSL_free(c->ssl);
    c->ssl = NULL;
  }
#endif
  close(c->fd);
}
static void die(Conn *c) {
  if (c->state == DEAD) return;
  if (c->state == OPEN) nopen--;
  c->state = DEAD;
  ndead++;
  drop(c);
}
static void flush(Conn *c) {
  while (c->pend > 0) {
    int k = nframes - c->seq;
    if (k > c->pend) k = c->pend;
    ssize_t w = wr(c, wbuf + offs[c->seq] + c->off, offs[c->seq + k] - offs[c->seq] - c->off);
    if (w < 0) {
      if (errno == EAGAIN) {
        want(c, 1);
        return;
      }
      die(c);
      return;
    }
    if (counting) txbytes += w;
    c->off += w;
    while (c->pend && c->off >= offs[c->seq + 1] - offs[c->seq]) {
      c->off -= offs[c->seq + 1] - offs[c->seq];
      c->seq++;
      c->pend--;
      if (c->seq == nframes) break;
    }
    if (uniform || c->seq == nframes) c->seq = 0;
  }
  want(c, 0);
}
static void post(Conn *c, int n, double t) {
  for (int i = 0; i < n; i++) {
    c->ts[c->tshead] = t;
    if (++c->tshead > pipeline) c->tshead = 0;
  }
  c->pend += n;
  flush(c);
}
static void dial(Conn *c) {
  static uint32_t dialled;
  static const int one = 1;
  double *ts = c->ts;
  free(c->first);
  memset(c, 0, sizeof *c);
  c->ts = ts;
  c->born = now();
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (c->fd < 0) {
    perror("socket");
    exit(1);
  }
  if (!c->ts) c->ts = malloc(sizeof(double) * (pipeline + 1));
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, 4);
  if (nconn > 20000 || comes_and_goes) { // many source addresses, so that no port is met twice
    setsockopt(c->fd, IPPROTO_IP, 24 /* IP_BIND_ADDRESS_NO_PORT */, &one, 4);
    struct sockaddr_in src = {.sin_family = AF_INET};
    src.sin_addr.s_addr = htonl(0x7f000002 + (comes_and_goes ? dialled % 250 : dialled / 20000));
    bind(c->fd, (void *)&src, sizeof src);
  }
  dialled++;
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, host, &a.sin_addr);
  if (connect(c->fd, (void *)&a, sizeof a) && errno != EINPROGRESS) {
    perror("connect");
    exit(1);
  }
  c->writing = 1;
  struct epoll_event e = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c};
  epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
}
static void firstdone(Conn *c) { // the first message was compressed
#ifdef FULL
  static const uint8_t tail[] = {0, 0, 0xff, 0xff};
  uint8_t *o = malloc(size + 64);
  z_stream z = {0};
  inflateInit2(&z, -15);
  c->first = realloc(c->first, c->firstlen + 4);
  memcpy(c->first + c->firstlen, tail, 4);
  z.next_in = c->first;
  z.avail_in = c->firstlen + 4;
  z.next_out = o;
  z.avail_out = size + 64;
  inflate(&z, Z_SYNC_FLUSH);
  if (size + 64 - z.avail_out != (unsigned)size || memcmp(o, plain, size)) nbad++;
  inflateEnd(&z);
  free(o);
#endif
  free(c->first);
  c->first = NULL;
}
static int compares(Conn *c) {
  return c->greeted >= greetings && (answer || !hello);
}
static const uint8_t *expected(Conn *c, uint64_t *n) {
  int other = answer && c->istext;
  *n = other ? strlen(answer) : (uint64_t)size;
  return other ? (const uint8_t *)answer : plain;
}
static void piece(Conn *c, const uint8_t *b, uint64_t k) { // payload bytes of a data frame
  if (!c->got && compares(c)) {
    uint64_t n;
    const uint8_t *right = expected(c, &n);
    if (c->rsv1) {
      c->first = realloc(c->first, c->firstlen + k);
      memcpy(c->first + c->firstlen, b, k);
      c->firstlen += k;
    } else if (c->size + k > n || memcmp(b, right + c->size, k))
      c->size = 1ull << 60;
  }
  c->size += k;
}
static void leave(Conn *c, double t) { // begins the closing handshake
  static const uint8_t bye[] = {0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8};
  if (counting) hist[bucket(t - c->born)]++;
  if (wr(c, bye, sizeof bye) < 0) {
  }
}
static int onmsg(Conn *c, double t) { // whether it ends an answer
  if (c->greeted < greetings) {
    c->size = 0;
    if (++c->greeted < greetings) return 0;
    ngreeted++;
    if (mode == CHURN) leave(c, t);
    return 0;
  }
  uint64_t n;
  expected(c, &n);
  if (attach && c->istext) {
    if (compares(c) && c->size != n) nbad++;
    c->size = 0;
    return 0;
  }
  totmsgs++;
  if (c->rsv1) {
    if (counting) squeezed++;
    if (c->first) firstdone(c);
  } else if (c->size != n && compares(c))
    nbad++;
  c->size = 0;
  c->got++;
  if (mode == ECHO) {
    double t0 = c->ts[c->tstail];
    if (++c->tstail > pipeline) c->tstail = 0;
    if (counting) {
      msgs++;
      hist[bucket(t - t0)]++;
    }
  } else if (mode == FAN || mode == SSE) {
    if (counting) {
      msgs++;
      hist[bucket(t - fan_t0)]++;
    }
    fan_got++;
  }
  return 1;
}
static void closed(Conn *c, double t) {
  if (counting) msgs++;
  totmsgs++;
  nopen--;
  drop(c);
  dial(c);
  (void)t;
}
static void parse(Conn *c, uint8_t *b, ssize_t n, double t) {
  int done = 0;
  ssize_t i = 0;
  while (i < n) {
    if (c->need) {
      uint64_t k = c->need < (uint64_t)(n - i) ? c->need : (uint64_t)(n - i);
      if (c->opcode < 8) piece(c, b + i, k);
      i += k;
      c->need -= k;
      if (!c->need) {
        if (c->fin && c->opcode < 8) {
          done += onmsg(c, t);
        }
        c->hdrlen = 0;
      }
      continue;
    }
    c->hdr[c->hdrlen++] = b[i++];
    if (c->hdrlen < 2) continue;
    int l = c->hdr[1] & 127, all = 2 + (l == 126 ? 2 : l == 127 ? 8 : 0);
    if (c->hdrlen < all) continue;
    uint64_t L = l;
    if (l == 126)
      L = c->hdr[2] << 8 | c->hdr[3];
    else if (l == 127) {
      L = 0;
      for (int j = 0; j < 8; j++)
        L = L << 8 | c->hdr[2 + j];
    }
    int op = c->hdr[0] & 15;
    c->fin = c->hdr[0] >> 7;
    c->opcode = op;
    c->need = L;
    if (op == 1 || op == 2) {
      c->rsv1 = c->hdr[0] >> 6 & 1;
      c->istext = op == 1;
      if (!c->got && !hello && op != (binary ? 2 : 1)) nbad++;
    }
    if (op == 8) {
      if (mode == CHURN)
        closed(c, t);
      else
        die(c);
      return;
    }
    if (!L) {
      if (c->fin && op < 8) {
        done += onmsg(c, t);
      }
      c->hdrlen = 0;
    }
  }
  if (done && mode == ECHO) post(c, done, t);
}
// A client of Engine.IO that polls: what it POSTs, in the odd steps, and what it is answered.
enum { POLLSTEPS = 6 };
static void ask(Conn *c) {
  const char *packets = c->step == 1 ? hello : c->step == 3 ? text : "41\x1e" "1";
  static char b[4096];
  int n = snprintf(b, sizeof b, "%s %s%s%s HTTP/1.1\r\nHost: %s:%d\r\n", c->step & 1 ? "POST" : "GET",
                   path, c->step ? "&sid=" : "", c->sid, host, port);
  if (c->step & 1)
    n += snprintf(b + n, sizeof b - n,
                  "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: %zu\r\n\r\n%s",
                  strlen(packets), packets);
  else
    n += snprintf(b + n, sizeof b - n, "\r\n");
  if (wr(c, b, n) != n) die(c);
}
static int polls_right(Conn *c, const char *body, int n) { // whether an answer is what it must be
  if (c->step & 1) return n == 2 && !memcmp(body, "ok", 2);
  if (c->step == 2) return n > (int)strlen(hello) && !memcmp(body, hello, strlen(hello));
  if (c->step == 4) return n == (int)strlen(answer) && !memcmp(body, answer, n);
  const char *sid = strstr(body, "\"sid\":\"");
  return sid && sscanf(sid + 7, "%127[^\"]", c->sid) == 1;
}
static void polled(Conn *c, const char *body, int n, double t) {
  if (!polls_right(c, body, n)) nbad++;
  c->hslen = 0;
  if (++c->step < POLLSTEPS) return ask(c);
  if (counting) hist[bucket(t - c->born)]++;
  closed(c, t);
}
static void answered(Conn *c, double t) { // an answer to a GET or a POST has come whole
  c->hslen = c->matched = 0;
  if (mode == SSE) return;
  double t0 = c->ts[c->tstail];
  if (++c->tstail > pipeline) c->tstail = 0;
  totmsgs++;
  if (counting) {
    msgs++;
    hist[bucket(t - t0)]++;
  }
  post(c, 1, t);
}
// One answer with a length at a time, as nothing is sent before it has come.
static void answer_bytes(Conn *c, const uint8_t *b, ssize_t n, double t) {
  if (n > (ssize_t)sizeof c->hs - 1 - c->hslen) {
    nbad++;
    die(c);
    return;
  }
  memcpy(c->hs + c->hslen, b, n);
  c->hslen += n;
  c->hs[c->hslen] = 0;
  char *end = strstr((char *)c->hs, "\r\n\r\n"), *l = strcasestr((char *)c->hs, "content-length:");
  if (!end) return;
  int length = l && l < end ? atoi(l + 15) : 0;
  int got = c->hslen - (end + 4 - (char *)c->hs);
  if (got < length) return;
  if (memcmp(c->hs, "HTTP/1.1 2", 10) || got > length) nbad++;
  if (mode == POLL) return polled(c, end + 4, length, t);
  if (mode == GET && (length != size || memcmp(end + 4, plain, size))) nbad++;
  answered(c, t);
}
static void event_bytes(Conn *c, const uint8_t *b, ssize_t n, double t) {
  for (ssize_t i = 0; i < n; i++) {
    if (b[i] == plain[c->matched])
      c->matched++;
    else
      c->matched = b[i] == plain[0];
    if (c->matched < size) continue;
    c->matched = 0;
    c->size = size;
    onmsg(c, t);
  }
}
static void onopen(Conn *c, double t) {
  c->state = OPEN;
  nopen++;
  mkcycle();
  if (mode == CHURN && !greetings) leave(c, t);
  if (hello && wr(c, hframe, hframelen) < 0) {
  }
}
int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
#define A(f) (!strcmp(argv[i], f) && i + 1 < argc)
    if (A("--mode"))
      modename = argv[++i];
    else if (A("--host"))
      host = argv[++i];
    else if (A("--port"))
      port = atoi(argv[++i]);
    else if (A("--path"))
      path = argv[++i];
    else if (A("-c"))
      nconn = atoi(argv[++i]);
    else if (A("-p"))
      pipeline = atoi(argv[++i]);
    else if (A("-s"))
      size = atoi(argv[++i]);
    else if (A("-d"))
      secs = atof(argv[++i]);
    else if (A("-w"))
      warm = atof(argv[++i]);
    else if (!strcmp(argv[i], "--binary"))
      binary = 1;
    else if (A("--text"))
      text = argv[++i];
    else if (A("--hello"))
      hello = argv[++i];
    else if (A("--greetings"))
      greetings = atoi(argv[++i]);
    else if (A("--answer"))
      answer = argv[++i];
    else if (!strcmp(argv[i], "--attach"))
      attach = 1;
    else if (A("--ramp"))
      ramp = atoi(argv[++i]);
    else if (!strcmp(argv[i], "--json"))
      json = 1;
    else if (A("--lines"))
      lines = atoi(argv[++i]);
    else if (!strcmp(argv[i], "--tls"))
      tls = 1;
    else if (!strcmp(argv[i], "--deflate"))
      deflating = json = 1;
    else if (A("--pid"))
      rootpid = atoi(argv[++i]);
    else {
      fprintf(stderr, "unknown %s\n", argv[i]);
      return 2;
    }
  }
  mode = !strcmp(modename, "hold")    ? HOLD
         : !strcmp(modename, "fan")   ? FAN
         : !strcmp(modename, "churn") ? CHURN
         : !strcmp(modename, "get")   ? GET
         : !strcmp(modename, "sse")   ? SSE
         : !strcmp(modename, "poll")  ? POLL
                                      : ECHO;
  comes_and_goes = mode == CHURN || mode == POLL;
#ifdef FULL
  if (tls) {
    ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(ctx, 1);
    SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
    SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256");
  }
#else
  if (tls || deflating) {
    fprintf(stderr, "built without -DFULL: no --tls, no --deflate\n");
    return 2;
  }
#endif
  struct rlimit rl = {1000000, 1000000};
  if (setrlimit(RLIMIT_NOFILE, &rl)) {
    getrlimit(RLIMIT_NOFILE, &rl);
    rl.rlim_cur = rl.rlim_max;
    setrlimit(RLIMIT_NOFILE, &rl);
  }
  if (attach && !text) {
    fprintf(stderr, "--attach needs --text\n");
    return 2;
  }
  if (mode == POLL && !(hello && text && answer)) {
    fprintf(stderr, "--mode poll needs --hello, --text and --answer\n");
    return 2;
  }
  if (text && !attach) size = strlen(text);
  if (json) {
    size = lines * JSONLEN;
    if (lines > 1) cycle = CYCLE / lines > 4 ? CYCLE / lines : 4;
    plain = malloc((size_t)cycle * size);
    for (int i = 0; i < cycle * lines; i++)
      jsontext((char *)plain + (size_t)i * JSONLEN, i);
  } else {
    plain = malloc(size + 1);
    if (text && !attach)
      memcpy(plain, text, size);
    else
      for (int i = 0; i < size; i++)
        plain[i] = 'a' + i % 26;
  }
  if (hello) {
    hframe = malloc(strlen(hello) + 14);
    hframelen = mkframe(hframe, (uint8_t *)hello, strlen(hello), 1);
  }
  hist = calloc(HB, 4);
  cs = calloc(nconn, sizeof(Conn));
  ep = epoll_create1(0);
  reqlen = snprintf(
      req, sizeof req,
      "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: "
      "Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: "
      "13\r\n%s\r\n",
      path, host, port,
      deflating ? "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" : "");
  if (mode == GET) reqlen = snprintf(req, sizeof req, "GET %s HTTP/1.1\r\nHost: %s:%d\r\n\r\n", path, host, port);
  if (mode == SSE) {
    reqlen = snprintf(req, sizeof req,
                      "GET %s HTTP/1.1\r\nHost: %s:%d\r\nAccept: text/event-stream\r\n\r\n", path,
                      host, port);
    char *post = malloc(2048);
    hframelen = snprintf(post, 2048,
                         "POST %s HTTP/1.1\r\nHost: %s:%d\r\nContent-Length: 0\r\n\r\n",
                         hello ? hello : "/", host, port);
    hframe = (uint8_t *)post;
    hello = NULL;
  }
  if (mode == GET || mode == SSE) mkrequest();
  Tree first = tree(), a = first, z;
  double t0 = now(), tstart = 0, tend = 0, topen = 0, self0 = 0;
  int started = 0, next = 0, inflight = 0, refused = 0;
  static uint8_t rb[1 << 18];
  struct epoll_event ev[1024];
  if (comes_and_goes) {
    started = 1;
    tstart = t0 + warm;
    tend = tstart + secs;
    ramp = nconn;
  }
  while (1) {
    while (next < nconn && inflight < ramp) {
      dial(&cs[next++]);
      inflight++;
    }
    int n = epoll_wait(ep, ev, 1024, 100);
    for (int i = 0; i < n; i++) {
      Conn *c = ev[i].data.ptr;
      if (c->state == DEAD) continue;
      if (c->state == CONNECTING) {
        int err = 0;
        socklen_t el = 4;
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &el);
        if (err || (ev[i].events & EPOLLHUP)) {
          refused++;
          inflight--;
          die(c);
          continue;
        }
#ifdef FULL
        if (tls) {
          c->ssl = SSL_new(ctx);
          SSL_set_fd(c->ssl, c->fd);
          SSL_set_connect_state(c->ssl);
          c->state = TLS;
        } else
#endif
        if (mode == GET || mode == POLL || (mode == SSE && c == cs)) {
          inflight--;
          c->state = OPEN;
          nopen++;
          want(c, 0);
          if (mode == POLL) ask(c);
          continue;
        } else {
          if (wr(c, req, reqlen) != reqlen) {
            inflight--;
            die(c);
            continue;
          }
          c->state = ASKED;
          want(c, 0);
          continue;
        }
      }
#ifdef FULL
      if (c->state == TLS) {
        int r = SSL_do_handshake(c->ssl);
        if (r != 1) {
          int e = SSL_get_error(c->ssl, r);
          if (e == SSL_ERROR_WANT_READ)
            want(c, 0);
          else if (e == SSL_ERROR_WANT_WRITE)
            want(c, 1);
          else {
            inflight--;
            refused++;
            die(c);
          }
          continue;
        }
        snprintf(cipher, sizeof cipher, "%s %s", SSL_get_version(c->ssl), SSL_get_cipher(c->ssl));
        if (wr(c, req, reqlen) != reqlen) {
          inflight--;
          die(c);
          continue;
        }
        c->state = ASKED;
        want(c, 0);
      }
#endif
      if (ev[i].events & EPOLLOUT && c->state == OPEN) {
        flush(c);
        if (c->state == DEAD) continue;
      }
      if (!(ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) continue;
      do {
        if (c->state == ASKED) {
          ssize_t r = rd(c, c->hs + c->hslen, sizeof c->hs - c->hslen - 1);
          if (r <= 0) {
            if (r < 0 && errno == EAGAIN) break;
            inflight--;
            die(c);
            break;
          }
          c->hslen += r;
          c->hs[c->hslen] = 0;
          uint8_t *end = memmem(c->hs, c->hslen, "\r\n\r\n", 4);
          if (!end) continue;
          inflight--;
          if (mode == SSE && !memcmp(c->hs, "HTTP/1.1 200", 12)) {
            c->state = OPEN;
            nopen++;
            break;
          }
          if (memcmp(c->hs, "HTTP/1.1 101", 12)) {
            fprintf(stderr, "refused: %.60s\n", c->hs);
            die(c);
            break;
          }
          if (!strstr((char *)c->hs, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")) nbad++;
          char *x = strcasestr((char *)c->hs, "sec-websocket-extensions:");
          if (x && !params[0]) {
            snprintf(params, sizeof params, "%.*s", (int)strcspn(x + 25, "\r"), x + 25);
            char *o = params;
            for (char *p = params; *p; p++)
              if (*p != '"') *o++ = *p;
            *o = 0;
          }
          double t = now();
          onopen(c, t);
          uint8_t *rest = end + 4;
          ssize_t k = c->hs + c->hslen - rest;
          if (k > 0 && (mode != ECHO || greetings)) parse(c, rest, k, t);
        } else {
          ssize_t r = rd(c, rb, sizeof rb);
          if (r <= 0) {
            if (r < 0 && errno == EAGAIN) break;
            if (comes_and_goes) {
              nbad++;
              closed(c, now());
            } else
              die(c);
            break;
          }
          if (counting) bytes += r;
          if (mode == GET || mode == POLL || (mode == SSE && c == cs))
            answer_bytes(c, rb, r, now());
          else if (mode == SSE)
            event_bytes(c, rb, r, now());
          else
            parse(c, rb, r, now());
        }
#ifdef FULL
      } while (c->state != DEAD && c->ssl && SSL_has_pending(c->ssl));
#else
      } while (0);
#endif
    }
    double t = now();
    if (!started && nopen + ndead == nconn && (!greetings || ngreeted >= nopen)) {
      started = 1;
      topen = t - t0;
      fprintf(stderr, "open %d dead %d in %.2fs\n", nopen, ndead, topen);
      if (!nopen) return 1;
      if (mode == ECHO || mode == GET)
        for (int i = 0; i < nconn; i++)
          if (cs[i].state == OPEN) post(&cs[i], pipeline, t);
      tstart = t + warm;
      tend = tstart + secs;
    }
    if (!started && t > t0 + 60) {
      fprintf(stderr, "open %d dead %d of %d after 60 s\n", nopen, ndead, nconn);
      return 1;
    }
    if (started && (mode == FAN || mode == SSE) && fan_got >= fan_expect &&
        (mode == FAN || !cs[0].matched) &&
        t > tstart - warm + (warm < 0.5 ? 0 : 0.5)) {
      int s = 0;
      while (s < nconn && cs[s].state != OPEN)
        s++;
      if (s == nconn) break;
      fan_expect = fan_got + (nopen - (mode == SSE)) * (uint64_t)pipeline;
      fan_t0 = t;
      cs[s].tshead = cs[s].tstail = 0;
      cs[s].matched = mode == SSE;
      post(&cs[s], pipeline, t);
    }
    if (started && !counting && t >= tstart && t < tend) {
      a = tree();
      self0 = self();
      counting = 1;
      tstart = now();
      tend = tstart + secs;
    }
    if (started && t >= tend) break;
    if (comes_and_goes && ndead == nconn) break;
  }
  double el = now() - tstart, selfcpu = self() - self0;
  z = tree();
  uint64_t tot = 0;
  for (int i = 0; i < HB; i++)
    tot += hist[i];
  double q[4] = {0.5, 0.9, 0.99, 0.999}, v[4] = {0};
  uint64_t acc = 0;
  int qi = 0;
  for (int i = 0; i < HB && qi < 4; i++) {
    acc += hist[i];
    while (qi < 4 && acc >= q[qi] * tot && tot)
      v[qi++] = unbucket(i);
  }
  printf("{\"mode\":\"%s\",\"conns\":%d,\"open\":%d,\"dead\":%d,\"pipeline\":%d,\"size\":%d,\"open_"
         "s\":%.2f,\"msgs_per_s\":%.0f,\"MB_per_s\":%.1f,\"total\":%lu,\"p50_us\":%.0f,\"p90_us\":%"
         ".0f,\"p99_us\":%.0f,\"p999_us\":%.0f",
         modename, nconn, nopen, ndead, pipeline, size, topen, msgs / el, bytes / el / 1e6, totmsgs,
         v[0], v[1], v[2], v[3]);
  printf(",\"bad\":%d,\"refused\":%d,\"window_s\":%.3f,\"msgs\":%lu,\"rx_bytes\":%lu,\"tx_bytes\":%"
         "lu,\"compressed\":%lu,\"extension\":\"%s\",\"cipher\":\"%s\",\"self_cpu_s\":%.3f",
         nbad, refused, el, msgs, bytes, txbytes, squeezed, params[0] == ' ' ? params + 1 : params,
         cipher, selfcpu);
  if (rootpid)
    printf(",\"server_cpu_s\":%.2f,\"server_procs\":%d,\"busy_s\":%.2f,\"steal_s\":%.2f,\"rss_"
           "before_kb\":%ld,\"rss_kb\":%ld,\"anon_before_kb\":%ld,\"anon_kb\":%ld",
           z.cpu - a.cpu, z.n, z.busy - a.busy, z.steal - a.steal, first.rss, z.rss, first.anon,
           z.anon);
  printf("}\n");
  return 0;
}
