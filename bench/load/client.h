/* One WebSocket client, and all of them: connecting, sending, receiving. What they say is load.c's. */
#include <stddef.h>
#include <stdint.h>

enum { TEXT = 1 << 16, STEPS = 8 };
typedef enum { UNUSED, UPGRADING, STEPPING, READY, CLOSED } State;

typedef struct {
  int fd, step;
  State state;
  unsigned char *rest; /* the beginning of a frame whose end has not come */
  size_t rest_size;
} Client;

typedef struct {
  int clients, ports[2], port_count, step_count, addresses;
  const char *path, *subprotocol, *steps[STEPS], *answers[STEPS], *marker;
  char **words, stamp[16]; /* what %w and %s are */
  size_t body_size;
  uint64_t random_bound;
} Setup;

extern Setup setup;
extern Client *all;
extern int under_way_in, ready, refused, closed, input_ended;
extern double last_upgrade, last_ready, last_arrival;

void fail(const char *what);
double now(void);
void start_clients(void);
void dial(int client);
void send_text(Client *client, const char *template, long number);
void receive_all(int milliseconds);
void watch_input(void);

/* Called with the number after each marker that comes, or -1. */
void count_delivery(long number);
