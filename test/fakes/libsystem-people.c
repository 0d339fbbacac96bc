/* Accounts, and who is at the other end of a socket. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pwd.h>
#include <sys/socket.h>

#include "libsystem-world.h"

#ifndef MAC_LOCAL_PEERTOKEN
#define MAC_LOCAL_PEERTOKEN 6
#endif

#define MOST_ACCOUNTS 32
static struct account { char name[64]; uint32_t uid, gid; char home[8192]; } accounts[MOST_ACCOUNTS];
static int account_count;

void standin_no_accounts(void) {
  LOCKED;
  account_count = 0;
}
bool standin_account(const char *name, uint32_t uid, uint32_t gid, const char *home) {
  LOCKED;
  if (account_count == MOST_ACCOUNTS || strlen(name) >= sizeof accounts[0].name || strlen(home) >= sizeof accounts[0].home)
    return false;
  struct account *a = &accounts[account_count++];
  strcpy(a->name, name);
  strcpy(a->home, home);
  a->uid = uid;
  a->gid = gid;
  return true;
}

/* Into the caller's row and text, as macOS lays it out. 0 and a NULL in `found`: there is no such account. */
static int put_account(const struct account *a, void *row, char *text, size_t size, void **found) {
  *found = NULL;
  if (a == NULL) return 0;
  size_t name = strlen(a->name) + 1, home = strlen(a->home) + 1;
  if (name + home > size) return MAC_ERANGE;
  memcpy(text, a->name, name);
  memcpy(text + name, a->home, home);
  memset(row, 0, SIZE_passwd);
  PUT(row, passwd, pw_name, (uintptr_t)text);
  PUT(row, passwd, pw_uid, a->uid);
  PUT(row, passwd, pw_gid, a->gid);
  PUT(row, passwd, pw_dir, (uintptr_t)(text + name));
  *found = row;
  return 0;
}

/* Children of tests are real ones of this machine, so its own accounts are known, too: asked of the real libc. */
static int put_real(const char *name, uint32_t uid, void *row, char *text, size_t size, void **found) {
  struct passwd real, *at = NULL;
  char strings[4096];
  int failed;
  if (name != NULL) {
    int (*ask)(const char *, struct passwd *, char *, size_t, struct passwd **) = dlsym(RTLD_NEXT, "getpwnam_r");
    failed = ask(name, &real, strings, sizeof strings, &at);
  } else {
    int (*ask)(uid_t, struct passwd *, char *, size_t, struct passwd **) = dlsym(RTLD_NEXT, "getpwuid_r");
    failed = ask(uid, &real, strings, sizeof strings, &at);
  }
  if (failed != 0 || at == NULL) return put_account(NULL, row, text, size, found);
  struct account a = {.uid = at->pw_uid, .gid = at->pw_gid};
  strncpy(a.name, at->pw_name, sizeof a.name - 1);
  strncpy(a.home, at->pw_dir, sizeof a.home - 1);
  return put_account(&a, row, text, size, found);
}

int mac_getpwnam_r(const char *name, void *row, char *text, size_t size, void **found) MACOS(getpwnam_r);
int mac_getpwnam_r(const char *name, void *row, char *text, size_t size, void **found) {
  PLANNED("getpwnam_r");
  LOCKED;
  for (int i = 0; i < account_count; i += 1)
    if (strcmp(accounts[i].name, name) == 0) return put_account(&accounts[i], row, text, size, found);
  return put_real(name, 0, row, text, size, found);
}

int mac_getpwuid_r(uint32_t uid, void *row, char *text, size_t size, void **found) MACOS(getpwuid_r);
int mac_getpwuid_r(uint32_t uid, void *row, char *text, size_t size, void **found) {
  PLANNED("getpwuid_r");
  LOCKED;
  for (int i = 0; i < account_count; i += 1)
    if (accounts[i].uid == uid) return put_account(&accounts[i], row, text, size, found);
  return put_real(NULL, uid, row, text, size, found);
}

/*
 * Sockets by descriptor. Who connected is kept as of the connect; `last_pid` is whoever used the other end last, and a
 * token is made for whatever process has that pid when it is asked for (xnu bsd/kern/uipc_usrreq.c).
 */
#define MOST_PEERS 4096
static struct { bool is_known, is_closed; int32_t last_pid; uint32_t uid, gid; } peers[MOST_PEERS];

bool standin_peer(int32_t fd, int32_t last_pid, uint32_t uid, uint32_t gid, bool is_closed) {
  LOCKED;
  if (fd < 0 || fd >= MOST_PEERS) return false;
  peers[fd].is_known = true;
  peers[fd].is_closed = is_closed;
  peers[fd].last_pid = last_pid;
  peers[fd].uid = uid;
  peers[fd].gid = gid;
  return true;
}
void standin_no_peer(int32_t fd) {
  LOCKED;
  if (fd >= 0 && fd < MOST_PEERS) peers[fd].is_known = false;
}

/* A socket of this machine that no test has spoken of: Linux says who connected. 0, or the errno of macOS. */
static int real_peer(int fd, int32_t *pid, uint32_t *uid, uint32_t *gid) {
  int (*ask)(int, int, int, void *, socklen_t *) = dlsym(RTLD_NEXT, "getsockopt");
  struct ucred who;
  socklen_t size = sizeof who;
  if (ask(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return errno == EBADF ? APPLE_EBADF : APPLE_ENOTSOCK;
  if (who.pid == 0) return MAC_ENOTCONN;
  *pid = who.pid;
  *uid = who.uid;
  *gid = who.gid;
  return 0;
}

static int tell(const void *from, size_t length, void *to, uint32_t *size) {
  if (*size > length) *size = (uint32_t)length;
  memcpy(to, from, *size);
  return 0;
}

static int tell_token(int32_t pid, void *to, uint32_t *size) {
  const struct standin_process *p = standin_find_alive(pid);
  if (p == NULL) return standin_refuse(MAC_EINVAL);
  uint32_t uid = (uint32_t)p->row[ROW_uid], gid = (uint32_t)p->row[ROW_gid];
  uint32_t token[8] = {uid, uid, gid, uid, gid, (uint32_t)pid, 100000, (uint32_t)p->row[ROW_version]};
  return tell(token, sizeof token, to, size);
}

int mac_getsockopt(int fd, int level, int option, void *to, uint32_t *size) MACOS(getsockopt);
int mac_getsockopt(int fd, int level, int option, void *to, uint32_t *size) {
  PLANNED("getsockopt");
  LOCKED;
  int32_t pid = 0;
  uint32_t uid = 0, gid = 0;
  bool is_closed = false;
  if (fd >= 0 && fd < MOST_PEERS && peers[fd].is_known) {
    pid = peers[fd].last_pid;
    uid = peers[fd].uid;
    gid = peers[fd].gid;
    is_closed = peers[fd].is_closed;
  } else {
    int refused = real_peer(fd, &pid, &uid, &gid);
    if (refused != 0) return standin_refuse(refused);
  }
  if (level != MAC_SOL_LOCAL) return standin_refuse(MAC_EINVAL);
  if (option == MAC_LOCAL_PEERCRED) {
    uint8_t credential[SIZE_xucred] = {0};
    PUT(credential, xucred, cr_version, MAC_XUCRED_VERSION);
    PUT(credential, xucred, cr_uid, uid);
    PUT(credential, xucred, cr_ngroups, 1);
    memcpy(credential + AT_xucred_cr_groups, &gid, 4);
    return tell(credential, sizeof credential, to, size);
  }
  if (is_closed) return standin_refuse(MAC_ENOTCONN);
  if (option == MAC_LOCAL_PEERPID) return tell(&pid, sizeof pid, to, size);
  if (option == MAC_LOCAL_PEERTOKEN) return tell_token(pid, to, size);
  return standin_refuse(MAC_EINVAL);
}
