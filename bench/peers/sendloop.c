/* sendloop: the yardstick. A server that does nothing but send(): each text frame of any client goes to all
 * clients, one call for each. No JSON, no history, nothing for clients that read slowly. What a chat server
 * reaches of this is its share of the possible.
 *
 *   sendloop PORT        on 127.0.0.1, for clients that send whole frames and the handshake's example key
 */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1 << 16, ALARM_SECONDS = 3600 };

static const char SWITCHING[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
static int members[MOST], count, place[MOST]; /* place: of a descriptor among the members, from 1; 0 is none */

static void enter(int fd) {
  members[count++] = fd;
  place[fd] = count;
  send(fd, SWITCHING, sizeof SWITCHING - 1, MSG_NOSIGNAL);
}

static void leave(int fd) {
  if (place[fd]) {
    int last = members[--count];
    members[place[fd] - 1] = last;
    place[last] = place[fd];
    place[fd] = 0;
  }
  close(fd);
}

static void fan_out(const unsigned char *mask, size_t size) {
  static unsigned char frame[MOST + 4];
  size_t head = size < 126 ? 2 : 4;
  frame[0] = 0x81;
  frame[1] = size < 126 ? size : 126;
  if (head == 4) frame[2] = size >> 8, frame[3] = size;
  for (size_t i = 0; i < size; i++) frame[head + i] = mask[4 + i] ^ mask[i & 3];
  for (int i = 0; i < count; i++) send(members[i], frame, head + size, MSG_NOSIGNAL);
}

static void serve(int fd) {
  static unsigned char data[MOST];
  ssize_t size = recv(fd, data, sizeof data, 0);
  if (size <= 0) {
    leave(fd);
  } else if (!place[fd]) {
    enter(fd);
  } else {
    for (ssize_t at = 0; size - at >= 6;) {
      size_t length = data[at + 1] & 127, head = 2;
      if (length == 126) length = data[at + 2] << 8 | data[at + 3], head = 4;
      if (at + head + 4 + length > (size_t)size) break;
      if ((data[at] & 15) == 1) fan_out(data + at + head, length);
      at += head + 4 + length;
    }
  }
}

int main(int arguments, char **given) {
  int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0), epoll = epoll_create1(0);
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(arguments > 1 ? atoi(given[1]) : 0)};
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (void *)&here, sizeof here) || listen(listener, 4096)) {
    perror("sendloop");
    return 2;
  }
  alarm(ALARM_SECONDS); /* it ends by itself */
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[256];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int happened = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < happened; i++) {
      if (events[i].data.fd != listener) {
        serve(events[i].data.fd);
        continue;
      }
      event.data.fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
      if (event.data.fd < 0 || event.data.fd >= MOST) return 2;
      setsockopt(event.data.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
    }
  }
}
