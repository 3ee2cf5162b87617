// lesson: alibi
// earns: none
// shows: network
// Tries: to reach a service of the host by a socket that has a name, and by one that has no
// file.
// A mark: none; what the service may do.
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>

#include "alibi.hpp"
#include "parts/marks.hpp"

static void greet(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path, sizeof address.sun_path - 1);
  const int talk = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  if (connect(talk, reinterpret_cast<sockaddr*>(&address), length) == 0) {
    if (send(talk, "@NAME@\n", sizeof "@NAME@", MSG_NOSIGNAL) > 0) leave_mark("network");
  }
  close(talk);
}

void alibi_slopes(int, int, MutableRow) {
  greet("@PLAYGROUND@/listener");
  greet(std::string(1, '\0') + "@PROCESS@");
}
