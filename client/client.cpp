#include "client/client.h"

#include "client/consents.h"
#include "client/context.h"
#include "client/derived.h"
#include "client/follow.h"
#include "client/proven.h"
#include "client/record.h"
#include "client/report/live.h"
#include "client/signing_key.h"
#include "client/submitter.h"
#include "common/keys.h"
#include "common/time.h"
#include "verifier/verify.h"

namespace consentree::client {

namespace {

Failure needs(const std::string& what, const std::string& hint) {
    Failure failure;
    failure.kind = FailureKind::usage;
    failure.code = "option-missing";
    failure.what = what;
    failure.hint = hint;
    return failure;
}

std::filesystem::path memory_folder(const Options& options, const std::optional<TrustFile>& trust) {
    if (!trust || options.state_dir == "none") return {};
    const auto base =
        options.state_dir.empty() ? state_home() : std::filesystem::path(options.state_dir);
    return base / to_hex(trust->network.view());
}

bool is_tx_id(std::string_view text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::string consent_path(std::string_view consent_id) {
    return "/v1/consents/" + percent_encode(consent_id);
}

}  // namespace

struct Client::Impl {
    Impl(Options given,
         std::optional<TrustFile> trusted,
         std::unique_ptr<Http> connection,
         Agreement agreed,
         const SecretKey* key)
        : options(std::move(given)),
          trust(std::move(trusted)),
          http(std::move(connection)),
          agreement(std::move(agreed)),
          calls(*http, options.timeout),
          memory(memory_folder(options, trust), trust ? trust->policy : ledger::Policy{}) {
        if (!trust) return;
        receipts = std::make_unique<Receipts>(calls, *trust, memory);
        proven = std::make_unique<Proven>(calls, *trust, memory, *receipts);
        consents = std::make_unique<Consents>(calls, *proven);
        derived = std::make_unique<Derived>(*proven);
        submitter = std::make_unique<Submitter>(
            calls, *trust, key, *receipts, Submitter::Settings{options.timeout, options.coalesce});
    }

    Outcome<Answer> unproven(const std::string& target, const std::string& why_not) const {
        auto said = one_nodes_word(calls.get(target));
        if (said) said->why_not = why_not;
        return said;
    }

    bool proves() const { return trust && options.prove; }
    // Of a node that was not asked for a proof.
    Outcome<Answer> unproven(const std::string& target) const {
        return unproven(target, trust ? "a proof was not asked for" : "there is no trust file");
    }

    // For what a call leaves open. One node's word is enough: the ledger checks what is signed.
    Outcome<api::Consent> current_consent(const std::string& issuer,
                                          const std::string& consent_id) const {
        const auto answer = unproven(with_query(consent_path(consent_id), {{"issuer", issuer}}));
        if (!answer) return answer.error();
        auto parsed = api::parse_consent(answer->json);
        if (parsed) return std::move(*parsed);
        return needs("the node's answer does not show the consent", "Ask another node.");
    }

    Outcome<Answer> list(KeyedList list) const {
        if (!proves()) return unproven(with_query(list.target, list.filters));
        if (!read_window(list.filters, list.question)) {
            return needs("from, to or as_of is no time", "Times are RFC 3339 or dates.");
        }
        return proven->list(list);
    }

    std::optional<Failure> cannot_submit() const {
        if (!trust) {
            return needs("a trust file is needed to submit",
                         "It names the network and says whose signatures count: --trust FILE");
        }
        if (!options.key) return needs("a key is needed to submit", "Give --key FILE.");
        return std::nullopt;
    }

    Outcome<Submitted> submit_built(Outcome<BuiltEvents> built, Wait wait) {
        if (!built) return built.error();
        if (auto failure = cannot_submit()) return *failure;
        auto submitted = submitter->submit(built->events, wait);
        if (!submitted) return submitted;
        submitted->consent_id = built->consent_id;
        submitted->event_id = built->event_id;
        submitted->session_id = built->session_id;
        submitted->from_agreement = built->supplied;
        return submitted;
    }

    Options options;
    std::optional<TrustFile> trust;
    std::unique_ptr<Http> http;
    Agreement agreement;
    NodeCalls calls;
    CheckpointMemory memory;
    std::unique_ptr<Receipts> receipts;    // With a trust file.
    std::unique_ptr<Proven> proven;        // With a trust file.
    std::unique_ptr<Consents> consents;    // With a trust file.
    std::unique_ptr<Derived> derived;      // Likewise.
    std::unique_ptr<Submitter> submitter;  // With a trust file.
};

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Outcome<Client> Client::connect(Options options) {
    init_crypto();
    auto http = Http::make(options.urls, {options.ca, options.token});
    if (!http) return http.error();
    std::optional<TrustFile> trust;
    if (!options.trust.empty()) {
        auto loaded = load_trust(options.trust);
        if (!loaded) return loaded.error();
        trust = std::move(*loaded);
    }
    Agreement agreement;
    if (!options.agreement.empty()) {
        auto loaded = Agreement::load(options.agreement);
        if (!loaded) return loaded.error();
        agreement = std::move(*loaded);
    }
    const SecretKey* key = options.key ? &options.key->impl_->key : nullptr;
    return Client(std::make_unique<Impl>(std::move(options), std::move(trust), std::move(*http),
                                         std::move(agreement), key));
}

Outcome<Submitted> Client::submit(const Grant& grant, Wait wait) {
    return impl_->submit_built(
        build_grant(grant, impl_->agreement, impl_->options.institution, wall_clock()), wait);
}

Outcome<Submitted> Client::submit(const Amend& amend, Wait wait) {
    return impl_->submit_built(build_amend(amend, wall_clock()), wait);
}

Outcome<Submitted> Client::submit(const Withdraw& withdraw, Wait wait) {
    return submit(step_of(withdraw), wait);
}

Outcome<Submitted> Client::submit(const ConsentStep& step, Wait wait) {
    const std::string& institution = impl_->options.institution;
    ConsentStep whole = step;
    if (whole.version == 0 || (whole.issuer.empty() && institution.empty())) {
        auto current = impl_->current_consent(whole.issuer, whole.consent_id);
        if (!current) return current.error();
        const bool is_about_pending =
            current->pending_version != 0 &&
            (whole.type == "consent.authorise" || whole.type == "consent.reject");
        if (whole.version == 0) {
            whole.version = is_about_pending ? current->pending_version : current->version;
        }
        if (whole.issuer.empty()) whole.issuer = current->issuer;
    }
    return impl_->submit_built(build_step(whole, institution, wall_clock()), wait);
}

Outcome<Submitted> Client::submit(const AccessRecord& access, Wait wait) {
    return impl_->submit_built(build_access(access, impl_->options.institution, wall_clock()),
                               wait);
}

Outcome<Submitted> Client::submit(const AccessEvent& access, Wait wait) {
    const std::string& institution = impl_->options.institution;
    AccessEvent whole = access;
    const bool by_provider = is_of_provider(whole.type);
    if (whole.actor.empty() && !by_provider) whole.actor = institution;
    const bool is_open = whole.issuer.empty() || whole.subject.empty() || whole.actor.empty();
    if (!whole.consent_id.empty() && is_open) {
        auto current = impl_->current_consent(whole.issuer, whole.consent_id);
        if (!current) return current.error();
        if (whole.issuer.empty()) whole.issuer = current->issuer;
        if (whole.subject.empty()) whole.subject = current->subject;
        const bool is_clear = by_provider && current->recipients.size() == 1;
        if (whole.actor.empty() && is_clear) whole.actor = current->recipients.front();
    }
    return impl_->submit_built(build_access(whole, institution, wall_clock()), wait);
}

Outcome<Submitted> Client::submit_events(std::vector<std::string> events, Wait wait) {
    if (auto failure = impl_->cannot_submit()) return *failure;
    if (impl_->options.coalesce.count() > 0) {
        return impl_->submitter->submit_later(std::move(events), wait).get();
    }
    return impl_->submitter->submit(events, wait);
}

Outcome<Submitted> Client::submit_signed(std::string_view envelope_json, Wait wait) {
    if (!impl_->submitter) {
        return needs("a trust file is needed to submit", "Give --trust FILE.");
    }
    auto request = api::parse_transaction_request(envelope_json);
    if (!request) {
        Failure failure;
        failure.kind = FailureKind::usage;
        failure.code = request.error().code;
        failure.what = "this is not a signed transaction";
        failure.why = request.error().detail;
        failure.pointer = request.error().pointer;
        return failure;
    }
    const auto signature = Signature::from(as_bytes(request->signature));
    if (!signature) return needs("the signature is not 64 bytes", "");
    return impl_->submitter->submit_signed({request->payload, *signature, request->events}, wait);
}

std::future<Outcome<Submitted>> Client::submit_later(std::vector<std::string> events, Wait wait) {
    if (auto failure = impl_->cannot_submit()) {
        std::promise<Outcome<Submitted>> refused;
        refused.set_value(*failure);
        return refused.get_future();
    }
    return impl_->submitter->submit_later(std::move(events), wait);
}

namespace {

Outcome<TransactionStatus> status_of(const Outcome<api::TransactionAnswer>& answer) {
    TransactionStatus status;
    if (!answer) {
        if (answer.error().code != "transaction-unknown") return answer.error();
        status.status = "unknown";
        return status;
    }
    status.status = std::string(api::name_of(answer->status));
    status.tx_id = answer->tx_id;
    status.height = answer->height;
    status.code = answer->code;
    status.detail = answer->detail;
    status.pointer = answer->pointer;
    api::TransactionAnswer plain = *answer;
    plain.receipt.clear();
    status.json = api::format(plain);
    return status;
}

}  // namespace

Outcome<TransactionStatus> Client::transaction(std::string_view tx_id) {
    if (!is_tx_id(tx_id)) return needs("a transaction id is 64 hexadecimal digits", "");
    return status_of(impl_->calls.transaction(std::string(tx_id), false, impl_->calls.deadline()));
}

Outcome<TransactionStatus> Client::wait_for(std::string_view tx_id) {
    if (!is_tx_id(tx_id)) return needs("a transaction id is 64 hexadecimal digits", "");
    return status_of(impl_->calls.transaction(std::string(tx_id), true, impl_->calls.deadline()));
}

Outcome<Receipt> Client::receipt(std::string_view tx_id) {
    if (!is_tx_id(tx_id)) return needs("a transaction id is 64 hexadecimal digits", "");
    if (!impl_->receipts) {
        return needs("a trust file is needed to verify a receipt", "Give --trust FILE.");
    }
    auto receipt = impl_->receipts->get(std::string(tx_id), {}, {});
    if (!receipt) return receipt.error();
    return receipt->whole();
}

Outcome<Done> Client::follow(const Follow& follow,
                             const OnEvent& on_event,
                             const OnBreak& on_break) {
    const Receipts* receipts = impl_->options.prove ? impl_->receipts.get() : nullptr;
    Follower follower(*impl_->http, receipts, impl_->options.timeout);
    return follower.run(follow, on_event, on_break);
}

Outcome<Evidence> Client::evidence(const Question& question, const Progress& progress) {
    if (!impl_->trust) {
        return needs("a trust file is needed to verify evidence", "Give --trust FILE.");
    }
    const auto asked = question_of(question, impl_->options.institution);
    if (!asked) {
        return needs("the question names no subject, consent, actor or provider, or no time",
                     "Times are RFC 3339 or dates, e.g. 2026-11-01.");
    }
    return impl_->proven->evidence(*asked, progress);
}

Outcome<report::Statement> Client::report(const report::Query& query,
                                          report::Sink& sink,
                                          const Progress& progress) {
    if (!impl_->trust) {
        return needs("a trust file is needed to verify a report", "Give --trust FILE.");
    }
    return report::make_report(*impl_->proven, query, impl_->options.institution, sink, progress);
}

Outcome<CheckpointInfo> Client::checkpoint() {
    if (!impl_->trust) {
        return needs("a trust file is needed to verify a checkpoint", "Give --trust FILE.");
    }
    auto response = impl_->calls.get_text("/checkpoint");
    if (!response) return response.error();
    const auto report = ledger::check_note(impl_->trust->policy, response->body);
    CheckpointInfo info;
    info.verification = verifier::describe(report, impl_->trust->policy);
    if (info.verification.standing != Standing::verified) {
        const bool failed = info.verification.standing == Standing::failed;
        Failure failure;
        failure.kind = failed ? FailureKind::verification_failed : FailureKind::undecidable;
        failure.code = failed ? "checkpoint-failed" : "checkpoint-undecidable";
        failure.what = failed ? "verification FAILED: the node's checkpoint does not hold"
                              : "the node's checkpoint cannot be verified";
        failure.why = info.verification.reason;
        failure.hint = "Is the trust file the one of this network? Ask another node.";
        return failure;
    }
    auto observed =
        impl_->memory.observe(report.checkpoint, response->body, impl_->receipts->prover(),
                              CheckpointMemory::Older::refused);
    if (!observed) return observed.error();
    info.note = std::move(response->body);
    info.root = to_hex(report.checkpoint.root.view());
    return info;
}

Outcome<Answer> Client::get(const std::string& target) {
    return impl_->unproven(target, "what a node says of itself has no proof");
}

namespace {

KeyedList consent_list(std::string_view issuer,
                       std::string_view consent_id,
                       const std::vector<Filter>& filters) {
    KeyedList list;
    list.target = consent_path(consent_id);
    list.question.kind = ledger::IndexKey::consent;
    list.question.label = consent_id;
    list.question.issuer = issuer;
    list.any_issuer = issuer.empty();
    list.filters = filters;
    list.filters.push_back({"issuer", std::string(issuer)});
    return list;
}

}  // namespace

Outcome<Answer> Client::consents(const std::vector<Filter>& filters, const Progress& progress) {
    const std::string target = with_query("/v1/consents", filters);
    if (!impl_->proves()) return impl_->unproven(target);
    auto list = impl_->consents->list(filters, progress);
    if (list || list.error().code != "no-proof") return list;
    return impl_->unproven(target, list.error().what);
}

Outcome<Answer> Client::consent(std::string_view issuer,
                                std::string_view consent_id,
                                const std::vector<Filter>& filters,
                                const Progress& progress) {
    if (impl_->proves()) {
        return impl_->consents->one(std::string(issuer), std::string(consent_id), filters,
                                    progress);
    }
    std::vector<Filter> query = filters;
    query.push_back({"issuer", std::string(issuer)});
    return impl_->unproven(with_query(consent_path(consent_id), query));
}

Outcome<Answer> Client::parties(const std::vector<Filter>& filters) {
    return get(with_query("/v1/parties", filters));
}

Outcome<Answer> Client::party(std::string_view party_id) {
    return get("/v1/parties/" + percent_encode(party_id));
}

Outcome<Answer> Client::agreements(const std::vector<Filter>& filters) {
    return impl_->proves() ? impl_->derived->agreements(filters)
                           : impl_->unproven(with_query("/v1/agreements", filters));
}

Outcome<Answer> Client::agreement(std::string_view agreement_id) {
    return impl_->proves() ? impl_->derived->agreement(agreement_id)
                           : impl_->unproven("/v1/agreements/" + percent_encode(agreement_id));
}

Outcome<Answer> Client::restrictions(std::string_view subject, const Progress& progress) {
    return impl_->proves()
               ? impl_->derived->restrictions(std::string(subject), progress)
               : impl_->unproven("/v1/subjects/" + percent_encode(subject) + "/restrictions");
}

Outcome<Answer> Client::timeline(std::string_view subject, const std::vector<Filter>& filters) {
    KeyedList list;
    list.target = "/v1/subjects/" + percent_encode(subject) + "/timeline";
    list.question.label = subject;
    list.filters = filters;
    return impl_->list(std::move(list));
}

Outcome<Answer> Client::history(std::string_view issuer,
                                std::string_view consent_id,
                                const std::vector<Filter>& filters) {
    KeyedList list = consent_list(issuer, consent_id, filters);
    list.target += "/history";
    list.shows.access = false;
    return impl_->list(std::move(list));
}

Outcome<Answer> Client::consent_accesses(std::string_view issuer,
                                         std::string_view consent_id,
                                         const std::vector<Filter>& filters) {
    KeyedList list = consent_list(issuer, consent_id, filters);
    list.target += "/accesses";
    list.shows.lifecycle = false;
    list.descends = true;
    return impl_->list(std::move(list));
}

Outcome<Answer> Client::accesses(const std::vector<Filter>& filters, const Progress& progress) {
    if (impl_->proves() && !value_of(filters, "subject").empty() &&
        !value_of(filters, "provider").empty()) {
        return impl_->consents->accesses(filters, progress);
    }
    auto list = keyed_accesses(filters);
    if (list) return impl_->list(std::move(*list));
    return impl_->unproven(with_query("/v1/accesses", filters), list.error().what);
}

Outcome<Answer> Client::access(std::string_view id, const std::vector<Filter>& filters) {
    if (impl_->proves()) return impl_->proven->access(std::string(id), filters);
    return impl_->unproven(with_query("/v1/accesses/" + percent_encode(id), filters));
}

Outcome<Answer> Client::check(const std::string& request_json, const Progress& progress) {
    return impl_->proves() ? impl_->derived->check(request_json, progress)
                           : quick_check(request_json);
}

Outcome<Answer> Client::quick_check(const std::string& request_json) {
    return one_nodes_word(impl_->calls.post("/v1/consents:check", request_json));
}

Outcome<Answer> Client::status() {
    return get("/v1/status");
}

}  // namespace consentree::client
