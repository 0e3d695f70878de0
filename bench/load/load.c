/* load: many WebSocket clients of a server on 127.0.0.1, in one thread.
 *
 * They connect as fast as the server lets them, and each sends its steps (-j), the next one after the answer
 * (-a) to the one before. Then the first of them publish. A broadcast is complete when all have it, and its
 * publisher goes on with the next. Or else (-h) they hold still until standard input ends.
 *
 *   load -p PORT[,PORT] [-u PATH] [-S SUBPROTOCOL] -n CLIENTS [-c ABREAST] [-o SECONDS] [-j FRAME -a ANSWER]...
 *        [-P FRAME -k MARKER -b PUBLISHERS -w UNDER_WAY[,UNDER_WAY] -t SECONDS -x COPIES -y STEP -z SIZE] [-s PID] [-A ADDRESSES]
 *        [-h]
 *
 * -c  so many are on their way in at the same time        -w  in all, by the publishers in turn (default: one of
 *                                                             each); one phase for each number
 * -k  what stands before the number in a frame that       -x  a broadcast is complete with so many copies of
 *     counts as a delivery                                    it (default: all clients)
 * -f  a file of words, one for each client                -r  the bound of %r
 * -o  who is not in after so long is refused (120)        -q  after so long without a byte, all is lost (5)
 * -y  1: after each broadcast it is the next publisher's turn, and not that of the same one
 * -s  the server, whose use of the processor is told      -A  clients come from so many addresses (127.0.1.1 ...)
 *
 * In PATH, frames and answers: %i client, %n number of the broadcast, %b body with marker and number, %s a word of
 * this run alone, %w the client's word of -f, %r a random number.
 *
 * One line of JSON for each phase. `load_busy` is the share of its core that this program has used: near 1, it
 * is the load and not the server that was measured.
 */
#define _GNU_SOURCE
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { PHASES = 8, ALARM_SECONDS = 600 };

typedef struct {
  double begun;
  int left, by;
} Broadcast;

typedef struct { double at, load, server; } Clocks;

static int abreast = 256, publishers = 1, step, copies, hold, phases[PHASES], phase_count;
static const char *publication = "%b";
static double open_seconds = 120, quiet_seconds = 5, publish_seconds = 1, publish_until;
static clockid_t server_clock = CLOCK_MONOTONIC;

static Broadcast *broadcasts; /* by number; numbers go on from phase to phase */
static double *delays;
static long published, first, room_for, under_way, deliveries, complete;

static double clock_seconds(clockid_t clock) {
  struct timespec t = {0};
  clock_gettime(clock, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static Clocks clocks(void) {
  double server = server_clock == CLOCK_MONOTONIC ? 0 : clock_seconds(server_clock);
  return (Clocks){now(), clock_seconds(CLOCK_PROCESS_CPUTIME_ID), server};
}

static void print_busy(Clocks since) {
  Clocks here = clocks();
  double seconds = here.at - since.at;
  printf("\"load_busy\": %.3f, \"server_busy\": %.3f, \"server_cpu_seconds\": %.4f, \"closed\": %d}\n",
         (here.load - since.load) / seconds, (here.server - since.server) / seconds, here.server - since.server,
         closed);
  fflush(stdout);
}

static void publish(int by) {
  if (published == room_for) {
    room_for = room_for ? 2 * room_for : 1 << 16;
    broadcasts = realloc(broadcasts, room_for * sizeof *broadcasts);
    delays = realloc(delays, room_for * sizeof *delays);
    if (!broadcasts || !delays) fail("memory");
  }
  broadcasts[published] = (Broadcast){now(), copies, by};
  under_way++;
  send_text(&all[by], publication, published++);
}

void count_delivery(long number) {
  if (number < first || number >= published || !broadcasts[number].left) return; /* of an earlier phase */
  Broadcast *it = &broadcasts[number];
  deliveries++;
  if (--it->left) return;
  double at = now();
  delays[complete++] = at - it->begun;
  under_way--;
  if (at < publish_until) publish((it->by + step) % publishers);
}

static void start_broadcasts(int count) {
  for (int i = 0; i < count; i++) publish(i % publishers);
}

static void open_clients(void) {
  Clocks start = clocks();
  for (int begun = 0; begun < setup.clients || under_way_in;) {
    while (begun < setup.clients && under_way_in < abreast) dial(begun++);
    receive_all(100);
    if (now() - start.at > open_seconds) break;
  }
  double seconds = last_ready - start.at;
  printf("{\"phase\": \"open\", \"clients\": %d, \"ready\": %d, \"refused\": %d, \"seconds\": %.4f, "
         "\"connects_per_second\": %.0f, \"joins_per_second\": %.0f, ",
         setup.clients, ready, setup.clients - ready, seconds, setup.clients / (last_upgrade - start.at),
         ready / seconds);
  print_busy(start);
}

/* Until nothing has come for a while: news of others that join, say. */
static void settle(void) {
  double most = now() + 10;
  last_arrival = now();
  while (now() < most && now() - last_arrival < .2) receive_all(20);
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double milliseconds(double share) { return complete ? delays[(long)((complete - 1) * share)] * 1e3 : -1; }

static void publish_phase(int count) {
  Clocks start = clocks();
  first = published, deliveries = complete = 0;
  long before = published;
  last_arrival = start.at, publish_until = start.at + publish_seconds;
  start_broadcasts(count);
  while (now() < publish_until || under_way) {
    receive_all(20);
    if (now() - last_arrival < quiet_seconds) continue;
    first = published, under_way = 0; /* what has not come by now is lost: go on without it */
    if (now() >= publish_until) break;
    last_arrival = now();
    start_broadcasts(count);
  }
  double seconds = last_arrival > start.at ? last_arrival - start.at : 1e-9; /* nothing came at all */
  qsort(delays, complete, sizeof *delays, compare);
  printf("{\"phase\": \"publish\", \"under_way\": %d, \"broadcasts\": %ld, \"deliveries\": %ld, \"lost\": %ld, "
         "\"seconds\": %.4f, \"broadcasts_per_second\": %.0f, \"deliveries_per_second\": %.0f, \"p50_ms\": %.4f, "
         "\"p99_ms\": %.4f, ",
         count, published - before, deliveries, (published - before) * copies - deliveries, seconds,
         deliveries / (double)copies / seconds, deliveries / seconds, milliseconds(.5), milliseconds(.99));
  print_busy(start);
}

static int numbers(char *list, int *out, int most) {
  int count = 0;
  for (char *each = strtok(list, ","); each && count < most; each = strtok(NULL, ",")) out[count++] = atoi(each);
  return count;
}

static void read_words(const char *file) {
  FILE *stream = fopen(file, "r");
  if (!stream) fail(file);
  setup.words = calloc(setup.clients, sizeof *setup.words);
  for (int i = 0; i < setup.clients; i++) {
    size_t room = 0;
    ssize_t size = getline(&setup.words[i], &room, stream);
    if (size <= 0) fail("fewer words than clients");
    setup.words[i][strcspn(setup.words[i], "\n")] = 0;
  }
  fclose(stream);
}

static void read_options(int count, char **given) {
  const char *file = NULL;
  for (int option; (option = getopt(count, given, "p:u:S:n:c:o:q:j:a:P:k:b:w:t:x:y:z:r:f:s:A:h")) != -1;) switch (option) {
    case 'p': setup.port_count = numbers(optarg, setup.ports, 2); break;
    case 'u': setup.path = optarg; break;
    case 'S': setup.subprotocol = optarg; break;
    case 'n': setup.clients = atoi(optarg); break;
    case 'c': abreast = atoi(optarg); break;
    case 'q': quiet_seconds = atof(optarg); break;
    case 'o': open_seconds = atof(optarg); break;
    case 'j': if (setup.step_count < STEPS) setup.steps[setup.step_count++] = optarg; break;
    case 'a': if (setup.step_count) setup.answers[setup.step_count - 1] = optarg; break;
    case 'P': publication = optarg; break;
    case 'k': setup.marker = optarg; break;
    case 'b': publishers = atoi(optarg); break;
    case 'w': phase_count = numbers(optarg, phases, PHASES); break;
    case 't': publish_seconds = atof(optarg); break;
    case 'x': copies = atoi(optarg); break;
    case 'y': step = atoi(optarg); break;
    case 'z': setup.body_size = atoi(optarg); break;
    case 'r': setup.random_bound = strtoul(optarg, NULL, 10); break;
    case 'f': file = optarg; break;
    case 's': if (clock_getcpuclockid(atoi(optarg), &server_clock)) server_clock = CLOCK_MONOTONIC; break;
    case 'A': setup.addresses = atoi(optarg); break;
    case 'h': hold = 1; break;
    default: exit(2);
  }
  for (int i = 0; i < setup.step_count; i++)
    if (!setup.answers[i]) setup.answers[i] = "";
  if (!setup.port_count || setup.clients < publishers || setup.body_size > TEXT / 4 || !setup.random_bound) {
    fprintf(stderr, "load: a port is needed, and at least as many clients as publishers\n");
    exit(2);
  }
  if (!copies) copies = setup.clients;
  if (!phase_count) phases[phase_count++] = publishers;
  if (file) read_words(file);
}

int main(int count, char **given) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  alarm(ALARM_SECONDS); /* whatever happens, it ends */
  read_options(count, given);
  snprintf(setup.stamp, sizeof setup.stamp, "%08lx", (unsigned long)(now() * 1000) & 0xffffffff);
  start_clients();
  open_clients();
  if (hold) {
    watch_input();
    while (!input_ended) receive_all(1000);
  } else if (ready == setup.clients) {
    for (int i = 0; i < phase_count && publish_seconds > 0; i++) settle(), publish_phase(phases[i]);
  }
  return ready == setup.clients ? 0 : 1;
}
