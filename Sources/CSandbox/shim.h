#pragma once
#include <errno.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// What Swift cannot import: macros with arguments, and functions with a variable number of them.

/// seccomp's action that lets a system call fail with `error`.
static inline uint32_t fw_seccomp_refuse(uint16_t error) { return SCMP_ACT_ERRNO(error); }

static const int FW_DIE_WITH_PARENT = PR_SET_PDEATHSIG;

/// Has the kernel kill this process when the thread that started it, or what it was split off from, ends.
static inline int fw_die_with_parent(void) { return prctl(FW_DIE_WITH_PARENT, SIGKILL, 0, 0, 0); }

/// From here on no program that this process starts can have more rights than it has.
static inline int fw_forbid_new_rights(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

// Of glibc 2.34, but declared for those only who ask for all of GNU's extensions.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);

/// What clone is asked for when it makes a thread, not a process.
static const uint64_t FW_CLONE_THREAD = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;

/// Of mmap's flags, those that say whether a mapping counts as data of the process.
static const uint64_t FW_MAP_KIND = MAP_TYPE | MAP_GROWSDOWN;

static const int FW_LIMIT_DATA = RLIMIT_DATA;
static const int FW_LIMIT_STACK = RLIMIT_STACK;
static const int FW_LIMIT_ADDRESSES = RLIMIT_AS;
static const int FW_LIMIT_CORE = RLIMIT_CORE;
static const int FW_LIMIT_FILE_SIZE = RLIMIT_FSIZE;
static const int FW_LIMIT_OPEN_FILES = RLIMIT_NOFILE;

/// Limits this process, hard and soft, to `limit` or to what it is limited to already.
static inline int fw_limit(int resource, rlim_t limit) {
  struct rlimit limits;
  if (getrlimit(resource, &limits) != 0) return -1;
  if (limits.rlim_max < limit) limit = limits.rlim_max;
  limits.rlim_cur = limits.rlim_max = limit;
  return setrlimit(resource, &limits);
}

/// Has the kernel end process `pid` when it has computed for more than `seconds` in all; may be raised later.
static inline int fw_limit_processor_time(pid_t pid, rlim_t seconds) {
  struct rlimit limits = {seconds, RLIM_INFINITY};
  return syscall(SYS_prlimit64, pid, RLIMIT_CPU, &limits, 0);
}

/// What clone is asked for by `fw_split_off`, and nobody else.
static const uint64_t FW_CLONE_SIBLING = CLONE_PARENT | SIGCHLD;

/// Makes a copy of this process, which may have one thread only, as another child of the process that this is a child of.
/// Returns 0 in the copy; in this process its id, or -1 with `errno`.
static inline pid_t fw_split_off(void) { return (pid_t)syscall(SYS_clone, FW_CLONE_SIBLING, 0, 0, 0, 0); }

/// An open file of no bytes that is nowhere but in memory, or -1.
static inline int fw_file_in_memory(void) { return (int)syscall(SYS_memfd_create, "", 1 /* MFD_CLOEXEC */); }

/// Sends bytes over a socket of the Unix domain, and with the first of them an open file.
/// Returns how many bytes went out, or -1 with `errno`.
static inline ssize_t fw_send_file(int socket, const void *bytes, size_t count, int file) {
  struct iovec part = {(void *)bytes, count};
  union {
    struct cmsghdr aligned;
    char space[CMSG_SPACE(sizeof(int))];
  } control;
  memset(&control, 0, sizeof control);
  struct msghdr message = {0};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.space;
  message.msg_controllen = sizeof control.space;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &file, sizeof file);
  ssize_t sent;
  do sent = sendmsg(socket, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent;
}

/// Receives up to `count` bytes and the file that came with them; `*file` is -1 where none did.
/// Returns how many bytes came, 0 when the other side is gone, or -1 with `errno`.
static inline ssize_t fw_receive_file(int socket, void *bytes, size_t count, int *file) {
  struct iovec part = {bytes, count};
  union {
    struct cmsghdr aligned;
    char space[CMSG_SPACE(sizeof(int))];
  } control;
  struct msghdr message = {0};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.space;
  message.msg_controllen = sizeof control.space;
  *file = -1;
  ssize_t received;
  do received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (received < 0 && errno == EINTR);
  if (received <= 0) return received;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
      header->cmsg_len == CMSG_LEN(sizeof(int)))
    memcpy(file, CMSG_DATA(header), sizeof *file);
  return received;
}
