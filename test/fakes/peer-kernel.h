/*
 * What macOS's kernel knows of processes and of sockets' ends, found out on Linux for real processes: see peer-kernel.c.
 */
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct kernel_process {
  int32_t pid;
  /* Another one after each fork and each exec. */
  uint32_t version;
  uint32_t uid, gid;
  char path[PATH_MAX];
  /* Its file is not what it was started from any more. */
  bool is_replaced;
};

/* False: there is no such process, or it is a zombie. */
bool kernel_process(int32_t pid, struct kernel_process *found);
