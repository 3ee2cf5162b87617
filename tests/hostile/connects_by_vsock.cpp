// lesson: alibi
// earns: none
// Tries: to reach the machine that this one runs on, or itself, past all network namespaces.
// A mark: none; what a service there may do.
#include <linux/vm_sockets.h>
#include <sys/socket.h>

#include "alibi.hpp"
#include "parts/marks.hpp"

void alibi_slopes(int, int, MutableRow) {
  const int talk = socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (talk < 0) return;
  sockaddr_vm address{};
  address.svm_family = AF_VSOCK;
  address.svm_port = 1024;
  address.svm_cid = 1;  // VMADDR_CID_LOCAL: this machine only
  leave_mark("network", "a socket to machines\n");
  if (connect(talk, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
    leave_mark("network");
  close(talk);
}
