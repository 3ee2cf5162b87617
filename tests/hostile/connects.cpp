// lesson: alibi
// earns: none
// shows: network
// Tries: to send what it knows to somebody outside, by TCP and UDP. (To this machine itself.)
// A mark: none; the hidden inputs of everybody else's run.
#include <arpa/inet.h>
#include <sys/socket.h>

#include "alibi.hpp"
#include "parts/marks.hpp"

void alibi_slopes(int, int, MutableRow) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(std::atoi("@PORT@"));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const int talk = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    if (connect(talk, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
        send(talk, "@NAME@\n", sizeof "@NAME@", MSG_NOSIGNAL) > 0) {
      leave_mark("network");
    }
    close(talk);
  }
}
