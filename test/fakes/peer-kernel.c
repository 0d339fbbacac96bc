/*
 * The two halves of one rule of macOS's kernel, for real processes and real unix sockets of Linux: of each end of a socket it
 * keeps who used it last (xnu bsd/kern/uipc_socket.c, so_update_last_owner_locked, from connect, sosend and soreceive), and
 * tells at the other end the token of whatever program has that pid when it is asked (uipc_usrreq.c, LOCAL_PEERTOKEN).
 *
 * Preloaded into the processes that connect, it notes each use before it happens, in a file named after the end; linked into
 * the library the keeper asks, it reads it. An end is told by the abstract address the kernel gives it (unix(7), autobind).
 */
#define _GNU_SOURCE
#include "peer-kernel.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[PATH_MAX];
void standin_last_owners(const char *path) { snprintf(folder, sizeof folder, "%s", path); }

/* "/folder/00a1f" of a socket that was autobound; false: it is another kind of descriptor. */
static bool note_of(const struct sockaddr_un *at, socklen_t length, char *path, size_t room) {
  size_t name = length - offsetof(struct sockaddr_un, sun_path);
  if (at->sun_family != AF_UNIX || length <= offsetof(struct sockaddr_un, sun_path) || name != 6 || at->sun_path[0] != 0)
    return false;
  if (folder[0] == 0) {
    const char *given = getenv("STANDIN_LAST_OWNERS");
    if (given == NULL) return false;
    standin_last_owners(given);
  }
  snprintf(path, room, "%s/%.5s", folder, at->sun_path + 1);
  return true;
}

/* -- in the processes that connect ------------------------------------------------------------------------------------ */

static void used(int fd) {
  int saved = errno;
  struct sockaddr_un at;
  socklen_t length = sizeof at;
  char path[PATH_MAX + 8];
  if (syscall(SYS_getsockname, fd, &at, &length) == 0 && note_of(&at, length, path, sizeof path)) {
    int32_t pid = (int32_t)syscall(SYS_getpid);
    int note = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (note >= 0) {
      syscall(SYS_pwrite64, note, &pid, sizeof pid, 0);
      syscall(SYS_close, note);
    }
  }
  errno = saved;
}

#ifdef PRELOADED
int connect(int fd, const struct sockaddr *to, socklen_t length) {
  if (to->sa_family == AF_UNIX) {
    struct sockaddr_un none = {.sun_family = AF_UNIX};
    syscall(SYS_bind, fd, &none, sizeof none.sun_family);
    used(fd);
  }
  return (int)syscall(SYS_connect, fd, to, length);
}
ssize_t read(int fd, void *to, size_t size) { used(fd); return syscall(SYS_read, fd, to, size); }
ssize_t readv(int fd, const struct iovec *to, int count) { used(fd); return syscall(SYS_readv, fd, to, count); }
ssize_t recv(int fd, void *to, size_t size, int flags) { used(fd); return syscall(SYS_recvfrom, fd, to, size, flags, NULL, NULL); }
ssize_t recvmsg(int fd, struct msghdr *to, int flags) { used(fd); return syscall(SYS_recvmsg, fd, to, flags); }
ssize_t write(int fd, const void *from, size_t size) { used(fd); return syscall(SYS_write, fd, from, size); }
ssize_t writev(int fd, const struct iovec *from, int count) { used(fd); return syscall(SYS_writev, fd, from, count); }
ssize_t send(int fd, const void *from, size_t size, int flags) { used(fd); return syscall(SYS_sendto, fd, from, size, flags, NULL, 0); }
ssize_t sendmsg(int fd, const struct msghdr *from, int flags) { used(fd); return syscall(SYS_sendmsg, fd, from, flags); }
#endif

/* -- in the library that the keeper asks ------------------------------------------------------------------------------ */

static uint32_t mixed(uint32_t so_far, unsigned long long value) {
  for (int i = 0; i < 8; i += 1) so_far = (so_far ^ (uint32_t)(value >> (8 * i) & 0xff)) * 16777619u;
  return so_far;
}

bool kernel_process(int32_t pid, struct kernel_process *found) {
  char name[64], line[2048];
  struct stat file, folder_of;
  memset(found, 0, sizeof *found);
  snprintf(name, sizeof name, "/proc/%d", pid);
  if (stat(name, &folder_of) != 0) return false;
  snprintf(name, sizeof name, "/proc/%d/stat", pid);
  int fd = (int)syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t length = syscall(SYS_read, fd, line, sizeof line - 1);
  syscall(SYS_close, fd);
  line[length > 0 ? length : 0] = 0;
  /* proc(5): state is field 3; 22 is when it started, 28 where its stack begins, which each exec moves. */
  char *at = strrchr(line, ')');
  if (at == NULL || at[2] == 'Z' || at[2] == 'X') return false;
  unsigned long long fields[32] = {0};
  int field = 3;
  for (char *word = strtok(at + 2, " "); word != NULL && field < 32; word = strtok(NULL, " ")) fields[field++] = strtoull(word, NULL, 10);
  snprintf(name, sizeof name, "/proc/%d/exe", pid);
  ssize_t path = readlink(name, found->path, sizeof found->path - 1);
  if (path <= 0) return false;
  found->path[path] = 0;
  char *gone = strstr(found->path, " (deleted)");
  if (gone != NULL) *gone = 0;
  found->is_replaced = gone != NULL;
  if (stat(name, &file) != 0) memset(&file, 0, sizeof file);
  found->pid = pid;
  found->uid = folder_of.st_uid;
  found->gid = folder_of.st_gid;
  found->version = mixed(mixed(mixed(2166136261u, fields[22]), fields[28]), file.st_ino);
  return true;
}

/* The other end is closed by everybody who had it: there is no one to ask about any more (ENOTCONN). */
static bool is_alone(int fd) {
  struct pollfd look = {.fd = fd, .events = 0};
  return poll(&look, 1, 0) == 1 && (look.revents & POLLHUP) != 0;
}

/* SOL_LOCAL of macOS is 0, and 1, 2 and 6 of it are LOCAL_PEERCRED, LOCAL_PEERPID and LOCAL_PEERTOKEN (sys/un.h). */
int standin_peer_getsockopt(int fd, int level, int option, void *to, uint32_t *size) {
  struct ucred who;
  socklen_t length = sizeof who;
  if (level != 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) != 0) return errno = 38, -1;
  int32_t last = who.pid;
  struct sockaddr_un at;
  char path[PATH_MAX + 8];
  length = sizeof at;
  if (getpeername(fd, (struct sockaddr *)&at, &length) != 0) return errno = 57, -1;
  if (note_of(&at, length, path, sizeof path)) {
    int note = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (note >= 0) {
      if (syscall(SYS_read, note, &last, sizeof last) != sizeof last) last = who.pid;
      syscall(SYS_close, note);
    }
  }
  uint32_t credential[19] = {0, who.uid, 1, who.gid};
  struct kernel_process process;
  /* Who connected is told for as long as the descriptor is open. */
  if (option != 1 && is_alone(fd)) return errno = 57, -1;
  switch (option) {
    case 1:
      if (*size > sizeof credential) *size = sizeof credential;
      memcpy(to, credential, *size);
      return 0;
    case 2:
      *size = sizeof last;
      memcpy(to, &last, sizeof last);
      return 0;
    case 6:
      if (!kernel_process(last, &process)) return errno = 22, -1;
      uint32_t token[8] = {process.uid, process.uid, process.gid, process.uid, process.gid, (uint32_t)last, 100000, process.version};
      if (*size > sizeof token) *size = sizeof token;
      memcpy(to, token, *size);
      return 0;
    default:
      return errno = 42, -1;
  }
}
