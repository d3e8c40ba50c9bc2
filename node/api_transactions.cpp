// Submitting transactions, and what became of them.
#include "common/hash.h"
#include "common/limits.h"
#include "ledger/queries.h"
#include "node/api_handlers.h"
#include "node/problem.h"
#include "node/submission.h"

namespace consentree::node {

namespace {

using Clock = std::chrono::steady_clock;
using Submissions = std::vector<Submission>;

// A durable write takes milliseconds; beyond this the answer is "pending" without having seen it.
constexpr std::chrono::seconds durable_patience{10};
// Transactions that are checked before those ahead of them are handed on.
constexpr std::size_t check_chunk = 32;

void hand_over(ApiService& service,
               const std::shared_ptr<Tally>& tally,
               Submissions& items,
               std::size_t from,
               std::size_t until) {
    for (std::size_t slot = from; slot < until; ++slot) {
        Submission& item = items[slot];
        if (!item.checked) {
            tally->finish(slot, std::nullopt);
            continue;
        }
        item.open = true;
        auto done = [tally, slot](std::optional<Refusal> refusal) {
            tally->finish(slot, std::move(refusal));
        };
        service.facade.submit(std::move(*item.checked), std::move(done));
        item.checked.reset();
    }
}

Awaitable<void> await_durable(ApiService& service,
                              const std::shared_ptr<Tally>& tally,
                              Submissions& items) {
    co_await tally->wait(service, Clock::now() + durable_patience);
    for (std::size_t slot = 0; slot < items.size(); ++slot) {
        if (tally->is_finished(slot) && tally->refusal(slot)) {
            items[slot].refuse(*tally->refusal(slot));
        }
    }
}

// Until the open ones are decided, or patience ends; then reads what was decided.
Awaitable<void> await_decisions(const ApiCall& call, Submissions& items) {
    ApiService& service = call.service;
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (items[i].open) open.push_back(i);
    }
    const auto until = Clock::now() + call.request.wait;
    if (!open.empty()) {
        auto tally = std::make_shared<Tally>(open.size(), service.make_wakeup());
        std::vector<std::uint64_t> tickets;
        tickets.reserve(open.size());
        for (std::size_t slot = 0; slot < open.size(); ++slot) {
            auto done = [tally, slot] { tally->finish(slot, std::nullopt); };
            tickets.push_back(service.facade.watch(items[open[slot]].id, std::move(done)));
        }
        co_await tally->wait(service, until);
        for (std::size_t slot = 0; slot < open.size(); ++slot) {
            if (!tally->is_finished(slot)) service.facade.unwatch(tickets[slot]);
        }
    }
    auto read = [&service, &items, with_receipt = !call.request.minimal] {
        const ApiViewPtr view = service.view();
        for (Submission& item : items) {
            const bool is_refused = item.answer.status == api::TxState::refused;
            if (item.has_id && !is_refused) {
                read_decision(service.facade.genesis(), *view, with_receipt, item);
            }
        }
        return true;
    };
    co_await run_on(service.work, std::move(read));
}

std::string location_of(const Submission& item) {
    return "/v1/transactions/" + item.answer.tx_id;
}

ApiReply reply_to(const ApiCall& call, Submission& item) {
    const api::TransactionAnswer& answer = item.answer;
    ApiReply reply;
    switch (answer.status) {
        case api::TxState::refused:
        case api::TxState::rejected: {
            api::Problem problem =
                make_problem(Refusal{answer.code, answer.detail, answer.pointer, item.hint});
            problem.tx_id = answer.tx_id;
            problem.decided = answer.status == api::TxState::rejected;
            reply = problem_reply(call.request, std::move(problem));
            break;
        }
        case api::TxState::pending:
            reply = json_reply({}, 202);
            reply.headers = {{"Location", location_of(item)}, {"Retry-After", "1"}};
            break;
        case api::TxState::committed:
            reply = json_reply({}, 201);
            reply.headers = {{"Location", location_of(item)}};
            break;
    }
    if (answer.replayed) reply.headers.emplace_back("Idempotency-Replayed", "true");
    if (call.request.wait.count() > 0) {
        const std::string applied = "wait=" + std::to_string(call.request.wait.count());
        reply.headers.emplace_back("Preference-Applied", applied);
    }
    item.answer.replayed = false;  // The header says it.
    if (reply.body.empty()) reply.body = api::format(item.answer);
    return reply;
}

void count(ApiService& service, const Submissions& items) {
    for (const Submission& item : items) {
        if (item.answer.status == api::TxState::refused) {
            service.metrics.count_refusal(item.answer.code);
        }
    }
}

Checked<ledger::TxId> captured_id(const ApiCall& call) {
    const auto id = fixed_from_hex<ledger::TxId>(call.captures.at(0));
    if (id) return *id;
    return Refusal{"invalid-parameter", "tx_id must be 64 lower-case hexadecimal digits", "", ""};
}

}  // namespace

Awaitable<ApiReply> submit_transaction(const ApiCall& call) {
    ApiService& service = call.service;
    auto admit_one = [&service, &call] {
        if (call.request.content_type == api::json_type) {
            return admit_json(service, *call.view, call.request.body);
        }
        const auto storage = std::make_shared<const Bytes>(to_bytes(as_bytes(call.request.body)));
        return admit(service, *call.view, storage, *storage);
    };
    Submissions items;
    items.push_back(co_await run_on(service.work, std::move(admit_one)));
    const auto tally = std::make_shared<Tally>(1, service.make_wakeup());
    hand_over(service, tally, items, 0, 1);
    co_await await_durable(service, tally, items);
    const bool is_known = items[0].answer.status != api::TxState::pending;
    if (call.request.wait.count() > 0 || is_known) co_await await_decisions(call, items);
    count(service, items);
    co_return reply_to(call, items[0]);
}

Awaitable<ApiReply> submit_transactions(const ApiCall& call) {
    ApiService& service = call.service;
    const auto parts = api::parse_transaction_list(call.request.body);
    if (!parts) {
        const bool is_large = parts.error() == Errc::too_large;
        co_return problem_reply(call.request,
                                Refusal{is_large ? "too-large" : "malformed-transaction",
                                        "not a list of at most 500 transactions", "", ""});
    }
    const auto storage = std::make_shared<const Bytes>(to_bytes(as_bytes(call.request.body)));
    const char* base = call.request.body.data();
    Submissions items;
    items.reserve(parts->size());
    const auto tally = std::make_shared<Tally>(parts->size(), service.make_wakeup());
    for (std::size_t from = 0; from < parts->size(); from += check_chunk) {
        const std::size_t until = std::min(parts->size(), from + check_chunk);
        auto admit_chunk = [&, from, until] {
            Submissions admitted;
            for (std::size_t i = from; i < until; ++i) {
                const auto offset = static_cast<std::size_t>((*parts)[i].data() - base);
                const BytesView encoded = BytesView(*storage).subspan(offset, (*parts)[i].size());
                admitted.push_back(admit(service, *call.view, storage, encoded));
            }
            return admitted;
        };
        Submissions chunk = co_await run_on(service.work, std::move(admit_chunk));
        std::move(chunk.begin(), chunk.end(), std::back_inserter(items));
        hand_over(service, tally, items, from, until);
    }
    co_await await_durable(service, tally, items);
    if (call.request.wait.count() > 0) co_await await_decisions(call, items);
    count(service, items);
    std::vector<api::TransactionAnswer> answers;
    answers.reserve(items.size());
    for (Submission& item : items) answers.push_back(std::move(item.answer));
    co_return json_reply(api::format(answers));
}

Awaitable<ApiReply> answer_transaction(const ApiCall& call) {
    ApiService& service = call.service;
    const auto id = captured_id(call);
    if (!id) co_return problem_reply(call.request, id.error());
    Submissions items(1);
    items[0].id = *id;
    items[0].has_id = true;
    items[0].answer.tx_id = to_hex(id->view());
    // Asked before the tables: it may be decided in between, never forgotten.
    const bool is_pending = service.facade.is_pending(*id);
    const ApiViewPtr view = service.view();
    auto read = [&service, &items, &view] {
        read_decision(service.facade.genesis(), *view, false, items[0]);
        return true;
    };
    co_await run_on(service.work, std::move(read));
    const bool is_decided = items[0].answer.status != api::TxState::pending;
    if (!is_decided && !is_pending) {
        co_return problem_reply(
            call.request,
            Refusal{"transaction-unknown", "this node has not heard of this transaction", "", ""});
    }
    if (!is_decided && call.request.wait.count() > 0) {
        items[0].open = true;
        co_await await_decisions(call, items);
        items[0].answer.receipt.clear();
    }
    ApiReply reply = json_reply(api::format(items[0].answer));
    if (items[0].answer.status == api::TxState::pending) reply.headers = {{"Retry-After", "1"}};
    co_return reply;
}

ApiReply answer_receipt(const ApiCall& call) {
    const auto id = captured_id(call);
    if (!id) return problem_reply(call.request, id.error());
    const bool is_pending = call.service.facade.is_pending(*id);
    const ApiViewPtr view = call.service.view();
    const auto outcome = ledger::get_outcome(*view->reader, *id);
    if (!outcome) {
        const Refusal pending{"not-decided", "the transaction is pending", "", ""};
        const Refusal unknown{"transaction-unknown", "this node has not heard of it", "", ""};
        return problem_reply(call.request, is_pending ? pending : unknown);
    }
    if (outcome->status == ledger::TxStatus::rejected) {
        return problem_reply(
            call.request, Refusal{"transaction-rejected", outcome->detail, outcome->pointer, ""});
    }
    ReceiptRange range;
    range.from = call.number("from").value_or(0);
    range.count = call.number("count").value_or(receipt_events);
    if (range.count == 0 || range.count > limits::transaction_events) {
        return problem_reply(call.request,
                             Refusal{"invalid-parameter", "count must be 1 to 1,024", "", ""});
    }
    auto receipt = make_receipt(call.service.facade.genesis(), *view, *outcome, range);
    if (!receipt) return problem_reply(call.request, receipt.error());
    return json_reply(std::move(*receipt));
}

}  // namespace consentree::node
