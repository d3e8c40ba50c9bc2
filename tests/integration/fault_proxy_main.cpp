// consentree_fault_proxy: one misbehaving link between two processes. Commands on standard input
// change it while it runs: "mode MODE", "forward MODE", "backward MODE", "cut", "stats", "quit".
#include "node/async.h"
#include "tests/integration/fault_proxy.h"

#include <unistd.h>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/signal_set.hpp>
#include <CLI/CLI.hpp>
#include <iostream>

namespace {

using namespace consentree;
using boost::asio::ip::tcp;
using consentree::test::Fault;
using consentree::test::FaultProxy;

// "127.0.0.1:8601"; numeric addresses only, as tests use them.
std::optional<tcp::endpoint> parse_endpoint(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) return std::nullopt;
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(text.substr(0, colon), error);
    const unsigned long port = std::strtoul(text.c_str() + colon + 1, nullptr, 10);
    if (error || port > 65535) return std::nullopt;
    return tcp::endpoint(address, static_cast<std::uint16_t>(port));
}

struct Control {
    boost::asio::io_context& loop;
    FaultProxy& proxy;
    Fault forward, backward;

    // True to go on.
    bool obey(const std::string& line) {
        const auto space = line.find(' ');
        const std::string word = line.substr(0, space);
        if (word == "quit") return false;
        if (word == "cut") {
            proxy.cut();
        } else if (word == "stats") {
            std::cout << "connections " << proxy.connections() << " bytes " << proxy.bytes()
                      << std::endl;
            return true;
        } else {
            const auto fault = space == std::string::npos
                                   ? std::nullopt
                                   : test::parse_fault(line.substr(space + 1));
            if (!fault || (word != "mode" && word != "forward" && word != "backward")) {
                std::cout << "error unknown command" << std::endl;
                return true;
            }
            if (word != "backward") forward = *fault;
            if (word != "forward") backward = *fault;
            proxy.set_faults(forward, backward);
        }
        std::cout << "ok" << std::endl;
        return true;
    }
};

node::Awaitable<void> read_commands(Control& control) {
    boost::asio::posix::stream_descriptor input(control.loop, ::dup(STDIN_FILENO));
    std::string buffered;
    for (;;) {
        const auto [error, count] = co_await boost::asio::async_read_until(
            input, boost::asio::dynamic_buffer(buffered, 4096), '\n', node::use_result);
        if (error) co_return;  // No more commands; the link stays.
        const std::string line = buffered.substr(0, count - 1);
        buffered.erase(0, count);
        if (!control.obey(line)) {
            control.loop.stop();
            co_return;
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::string listen = "127.0.0.1:0", to, mode = "none", forward, backward;
    test::FaultProxyOptions options;
    unsigned delay_ms = 50;
    CLI::App app("Forwards one TCP port to another and misbehaves on purpose, from a seed");
    app.add_option("--listen", listen, "address:port to accept on; port 0 picks one");
    app.add_option("--to", to, "address:port to forward to")->required();
    app.add_option("--seed", options.seed, "seed of every random choice");
    app.add_option("--mode", mode, "none, delay, chop, stall, reset, drop or random");
    app.add_option("--forward", forward, "mode of the direction to the target alone");
    app.add_option("--backward", backward, "mode of the direction back alone");
    app.add_option("--delay-ms", delay_ms, "longest delay of a piece");
    app.add_option("--end-bytes", options.bytes_between_ends, "mean bytes before reset and drop");
    CLI11_PARSE(app, argc, argv);

    const auto listen_on = parse_endpoint(listen), target = parse_endpoint(to);
    const auto forward_fault = test::parse_fault(forward.empty() ? mode : forward);
    const auto backward_fault = test::parse_fault(backward.empty() ? mode : backward);
    if (!listen_on || !target || !forward_fault || !backward_fault) {
        std::cerr << "consentree_fault_proxy: unknown mode or address; see --help\n";
        return 2;
    }
    options.listen = *listen_on;
    options.to = *target;
    options.forward = *forward_fault;
    options.backward = *backward_fault;
    options.delay_max = std::chrono::milliseconds(delay_ms);

    boost::asio::io_context loop(1);
    FaultProxy proxy(loop, options);
    if (!proxy.start()) {
        std::cerr << "consentree_fault_proxy: cannot listen on " << listen << "\n";
        return 1;
    }
    std::cout << "listening " << proxy.port() << std::endl;
    boost::asio::signal_set signals(loop, SIGINT, SIGTERM);
    signals.async_wait([&loop](const boost::system::error_code&, int) { loop.stop(); });
    Control control{loop, proxy, options.forward, options.backward};
    node::spawn(loop.get_executor(), "commands", read_commands(control));
    loop.run();
    return 0;
}
