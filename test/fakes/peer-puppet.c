/*
 * A program that does with a socket what it is told, step by step; copied under several names it is several programs. Frames
 * it receives are printed to standard error, one a line.
 *
 *   connect PATH · fd N · read · hello CLIENT · send JSON · raw HEX · say TEXT
 *   fork N (the next N steps are a child's, which ends after them) · wait · exec PROGRAM (with the steps that are left)
 *   spawn PROGRAM JSON (which gets the socket and sends that)
 *   stdout (the socket becomes standard output) · await (a signal USR1) · mark FILE (makes it) · rest (reads to the end)
 *   hold (does nothing any more)
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int fd = -1;
static char nonce[65];

static void frame(const char *json) {
  uint32_t length = (uint32_t)strlen(json);
  unsigned char *all = malloc(length + 8);
  unsigned char head[8] = {0xff, 'C', 'S', 0, (unsigned char)(length >> 24), (unsigned char)(length >> 16), (unsigned char)(length >> 8), (unsigned char)length};
  memcpy(all, head, 8);
  memcpy(all + 8, json, length);
  if (write(fd, all, length + 8) < 0) fprintf(stderr, "cannot write\n");
  free(all);
}
static int whole(void *to, size_t size) {
  for (size_t have = 0; have < size;) {
    ssize_t got = read(fd, (char *)to + have, size - have);
    if (got <= 0) return 0;
    have += (size_t)got;
  }
  return 1;
}
static int receive(void) {
  unsigned char head[8];
  if (!whole(head, 8)) {
    fprintf(stderr, "closed\n");
    return 0;
  }
  uint32_t length = (uint32_t)head[4] << 24 | (uint32_t)head[5] << 16 | (uint32_t)head[6] << 8 | head[7];
  char *json = calloc(1, length + 1);
  if (!whole(json, length)) return 0;
  const char *at = strstr(json, "\"nonce\":\"");
  if (at != NULL) memcpy(nonce, at + 9, 64);
  fprintf(stderr, "%s\n", json);
  free(json);
  return 1;
}
static void hello(const char *client) {
  char json[256];
  snprintf(json, sizeof json, "{\"type\":\"hello\",\"nonce\":\"%s\",\"protocol\":1,\"client\":\"%s\",\"version\":\"x\"}", nonce, client);
  frame(json);
}

/* Steps that take no word. */
static int is_alone(const char *step) {
  static const char *alone[] = {"read", "rest", "stdout", "wait", "await", "hold"};
  for (size_t at = 0; at < sizeof alone / sizeof *alone; at += 1)
    if (strcmp(step, alone[at]) == 0) return 1;
  return 0;
}

int main(int count, char **steps) {
  signal(SIGPIPE, SIG_IGN);
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  sigprocmask(SIG_BLOCK, &usr1, NULL);
  int is_child = 0, left = 0;
  for (int i = 1; i < count; i += 1) {
    const char *step = steps[i], *word = i + 1 < count ? steps[i + 1] : "";
    if (is_child && left-- == 0) return 0;
    if (strcmp(step, "connect") == 0) {
      struct sockaddr_un to = {.sun_family = AF_UNIX};
      strncpy(to.sun_path, word, sizeof to.sun_path - 1);
      fd = socket(AF_UNIX, SOCK_STREAM, 0);
      if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) return 3;
      i += 1;
    } else if (strcmp(step, "fd") == 0) {
      fd = atoi(word);
      i += 1;
    } else if (strcmp(step, "read") == 0) {
      if (!receive()) return 0;
    } else if (strcmp(step, "rest") == 0) {
      while (receive()) continue;
      return 0;
    } else if (strcmp(step, "hello") == 0) {
      hello(word);
      i += 1;
    } else if (strcmp(step, "send") == 0) {
      frame(word);
      i += 1;
    } else if (strcmp(step, "raw") == 0) {
      unsigned char bytes[4096];
      size_t length = strlen(word) / 2;
      for (size_t at = 0; at < length; at += 1) sscanf(word + 2 * at, "%2hhx", &bytes[at]);
      if (write(fd, bytes, length) < 0) return 4;
      i += 1;
    } else if (strcmp(step, "say") == 0) {
      printf("2026-11-22 03:00:00.000 [info]  %s\n", word);
      fflush(stdout);
      i += 1;
    } else if (strcmp(step, "stdout") == 0) {
      dup2(fd, 1);
    } else if (strcmp(step, "hold") == 0) {
      for (;;) pause();
    } else if (strcmp(step, "mark") == 0) {
      fclose(fopen(word, "w"));
      i += 1;
    } else if (strcmp(step, "await") == 0) {
      int got;
      sigwait(&usr1, &got);
    } else if (strcmp(step, "wait") == 0) {
      wait(NULL);
    } else if (strcmp(step, "fork") == 0) {
      int steps_of_child = atoi(word);
      i += 1;
      if (fork() == 0) {
        fprintf(stderr, "child %d\n", getpid());
        is_child = 1;
        left = steps_of_child;
      } else {
        for (int at = 0; at < steps_of_child; at += 1) i += is_alone(steps[i + 1]) ? 1 : 2;
      }
    } else if (strcmp(step, "spawn") == 0) {
      const char *json = steps[i + 2];
      char number[16];
      snprintf(number, sizeof number, "%d", fd);
      if (fork() == 0) {
        execl(word, word, "fd", number, "send", json, NULL);
        return 5;
      }
      i += 2;
    } else if (strcmp(step, "exec") == 0) {
      char number[16];
      snprintf(number, sizeof number, "%d", fd);
      char *next[256] = {(char *)word, "fd", number};
      int at = 3;
      for (int rest = i + 2; rest < count && at < 255; rest += 1) next[at++] = steps[rest];
      execv(word, next);
      return 5;
    } else {
      fprintf(stderr, "no such step: %s\n", step);
      return 2;
    }
  }
  return 0;
}
