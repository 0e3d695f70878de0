/* The clients: each goes through its handshake and its steps, and is ready then. */
#define _GNU_SOURCE
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 512, BUFFER = 1 << 18, SEND_SECONDS = 10 };

Setup setup = {.clients = 1, .path = "/", .marker = "~b", .body_size = 64, .random_bound = 1};
Client *all;
int under_way_in, ready, refused, closed, input_ended;
double last_upgrade, last_ready, last_arrival;
static int epoll;

void fail(const char *what) {
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  exit(2);
}

double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

void start_clients(void) {
  epoll = epoll_create1(0);
  all = calloc(setup.clients, sizeof *all);
  if (epoll < 0 || !all) fail("memory");
}

void watch_input(void) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event)) fail("standard input is no pipe");
}

/* ---- sending ---- */

static size_t fill_in(char *out, const char *template, int client, long number) {
  static uint64_t random = 1;
  size_t n = 0;
  for (const char *c = template; *c && n < TEXT / 2; c++) {
    if (*c != '%' || !c[1] || !strchr("inbswr", c[1])) {
      out[n++] = *c;
      continue;
    }
    size_t start = n;
    switch (*++c) {
    case 'i': n += sprintf(out + n, "%d", client); break;
    case 'n': n += sprintf(out + n, "%ld", number); break;
    case 's': n += sprintf(out + n, "%s", setup.stamp); break;
    case 'w': n += sprintf(out + n, "%.*s", TEXT / 4, setup.words ? setup.words[client] : ""); break;
    case 'r':
      random = random * 6364136223846793005 + 1442695040888963407;
      n += sprintf(out + n, "%lu", (unsigned long)((random >> 33) % setup.random_bound + 1));
      break;
    case 'b':
      n += sprintf(out + n, "%s%ld ", setup.marker, number);
      while (n - start < setup.body_size) out[n++] = 'x';
    }
  }
  out[n] = 0;
  return n;
}

/* Blocking: a server reads whatever it is sent, and SO_SNDTIMEO ends the wait for one that hangs. */
static void send_all(Client *client, const void *data, size_t size) {
  if (send(client->fd, data, size, MSG_NOSIGNAL) != (ssize_t)size)
    fprintf(stderr, "load: client %ld cannot send: %s\n", (long)(client - all), strerror(errno));
}

static void send_frame(Client *client, int opcode, const void *payload, size_t size) {
  static unsigned char out[TEXT + 8];
  const unsigned char mask[4] = {0x1d, 0x5c, 0xa3, 0x72}, *from = payload;
  size_t head = 2;
  out[0] = 0x80 | opcode;
  out[1] = 0x80 | (size < 126 ? size : 126);
  if (size >= 126) out[2] = size >> 8, out[3] = size, head = 4;
  memcpy(out + head, mask, 4);
  for (size_t i = 0; i < size; i++) out[head + 4 + i] = from[i] ^ mask[i & 3];
  send_all(client, out, head + 4 + size);
}

void send_text(Client *client, const char *template, long number) {
  static char text[TEXT];
  send_frame(client, 1, text, fill_in(text, template, client - all, number));
}

/* ---- coming in, and going ---- */

/* An address has 28,000 ports towards one of the server. */
static void come_from(int fd, int number) {
  struct sockaddr_in from = {.sin_family = AF_INET};
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (1 << 8) + number); /* 127.0.1.1 and so on */
  int late = 1; /* with connect(), which knows the other side */
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &late, sizeof late);
  if (bind(fd, (void *)&from, sizeof from)) fail("bind");
}

void dial(int i) {
  Client *client = &all[i];
  int port = setup.ports[i % setup.port_count], on = 1;
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK); /* no other machine is ever put under load */
  struct timeval patience = {.tv_sec = SEND_SECONDS};
  client->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (client->fd >= 0 && setup.addresses) come_from(client->fd, i % setup.addresses);
  /* This does not wait, as no more are on their way in than the server's backlog takes. */
  if (client->fd < 0 || connect(client->fd, (void *)&to, sizeof to)) fail("connect");
  setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event)) fail("epoll");
  client->state = UPGRADING;
  under_way_in++;
  static char path[TEXT], request[2 * TEXT];
  fill_in(path, setup.path, i, 0);
  const char *sub = setup.subprotocol;
  int size = sprintf(request,
                     "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s%s\r\n",
                     path, port, sub ? "Sec-WebSocket-Protocol: " : "", sub ? sub : "", sub ? "\r\n" : "");
  send_all(client, request, size);
}

static void next_step(Client *client) {
  if (client->step < setup.step_count) {
    client->state = STEPPING;
    send_text(client, setup.steps[client->step], client->step);
    return;
  }
  client->state = READY;
  under_way_in--, ready++;
  last_ready = now();
}

static void end(Client *client) {
  if (client->state < READY) under_way_in--, refused++;
  client->state = CLOSED;
  closed++;
  close(client->fd); /* epoll forgets it */
}

static void refuse(Client *client, const char *why, int size) {
  if (!refused) fprintf(stderr, "load: refused: %.*s\n", size, why);
  end(client);
}

/* ---- receiving ---- */

static void on_text(Client *client, char *text, size_t size) {
  if (client->state == STEPPING) {
    static char answer[TEXT];
    size_t wanted = fill_in(answer, setup.answers[client->step], client - all, client->step);
    if (memmem(text, size, answer, wanted)) client->step++, next_step(client);
    else if (memmem(text, size, "\"error\"", 7)) refuse(client, text, size);
  }
  const size_t length = strlen(setup.marker);
  for (char *found = text; (found = memmem(found, text + size - found, setup.marker, length));) {
    found += length; /* one frame may hold several messages */
    count_delivery(*found >= '0' && *found <= '9' ? strtol(found, NULL, 10) : -1);
  }
}

/* Returns the size of the complete frames. A 0 follows the data. */
static size_t read_frames(Client *client, unsigned char *data, size_t size) {
  size_t at = 0;
  while (size - at >= 2 && client->state != CLOSED) {
    unsigned char *frame = data + at;
    size_t length = frame[1] & 127, head = length < 126 ? 2 : length == 126 ? 4 : 10;
    if (size - at < head) break;
    if (head > 2) length = 0;
    for (size_t i = 2; i < head; i++) length = length << 8 | frame[i];
    if (size - at < head + length) break;
    at += head + length;
    switch (frame[0] & 15) {
    case 0: case 1: case 2: on_text(client, (char *)frame + head, length); break;
    case 8: end(client); break;
    case 9: send_frame(client, 10, frame + head, length);
    }
  }
  return at;
}

/* The answer to the handshake, once it is all there; returns its size. */
static size_t read_handshake(Client *client, unsigned char *data, size_t size) {
  unsigned char *last = memmem(data, size, "\r\n\r\n", 4);
  if (!last) return 0;
  if (memcmp(data, "HTTP/1.1 101", 12)) {
    refuse(client, (char *)data, last - data);
    return size;
  }
  last_upgrade = now();
  next_step(client);
  return last + 4 - data;
}

/* One buffer for all: it stays in the processor's cache. Only the beginning of a long frame (a list of
 * thousands of members, say) is read into memory of the client's own. */
static void receive(Client *client) {
  static unsigned char shared[BUFFER + 1];
  unsigned char *data = shared;
  size_t size = client->rest_size, used = 0;
  if (size >= BUFFER / 2) {
    if (!(data = client->rest = realloc(client->rest, size + BUFFER + 1))) fail("memory");
  } else if (size) {
    memcpy(shared, client->rest, size);
  }
  ssize_t got = recv(client->fd, data + size, data == shared ? BUFFER - size : BUFFER, MSG_DONTWAIT);
  if (got <= 0) {
    if (got == 0 || errno != EAGAIN) end(client);
    return;
  }
  last_arrival = now();
  size += got;
  data[size] = 0;
  if (client->state == UPGRADING) used = read_handshake(client, data, size);
  if (client->state == STEPPING || client->state == READY) used += read_frames(client, data + used, size - used);
  client->rest_size = size - used;
  if (data == shared && client->rest_size && !(client->rest = realloc(client->rest, client->rest_size)))
    fail("memory");
  if (client->rest_size) memmove(client->rest, data + used, client->rest_size);
}

void receive_all(int milliseconds) {
  struct epoll_event events[EVENTS];
  int count = epoll_wait(epoll, events, EVENTS, milliseconds);
  for (int i = 0; i < count; i++) {
    Client *client = events[i].data.ptr;
    if (!client) input_ended = 1;
    else if (client->state != CLOSED) receive(client);
  }
}
