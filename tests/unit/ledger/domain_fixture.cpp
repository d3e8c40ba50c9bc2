#include "tests/unit/ledger/domain_fixture.h"

#include "common/assert.h"

#include <catch2/catch.hpp>

namespace consentree::ledger::test {

std::optional<Bytes> MapTables::get(Table table, BytesView key) const {
    const auto& rows = tables_[static_cast<std::size_t>(table)].by_key;
    const auto row = rows.find(std::string(as_text(key)));
    if (row == rows.end()) return std::nullopt;
    return *row->second;
}

void MapTables::scan(
    Table table, BytesView from, BytesView until, Direction direction, const Visit& visit) const {
    const auto& rows = tables_[static_cast<std::size_t>(table)].ordered;
    const auto begin = rows.lower_bound(to_bytes(from));
    auto end = until.empty() ? rows.end() : rows.lower_bound(to_bytes(until));
    if (!until.empty() &&
        !std::lexicographical_compare(from.begin(), from.end(), until.begin(), until.end())) {
        return;
    }
    if (direction == Direction::ascending) {
        for (auto row = begin; row != end && visit(row->first, row->second); ++row) {
        }
        return;
    }
    while (end != begin) {
        --end;
        if (!visit(end->first, end->second)) return;
    }
}

void MapTables::apply(const WriteSet& writes) {
    for (const Write& write : writes) {
        Rows& rows = tables_[static_cast<std::size_t>(write.table)];
        const std::string key(as_text(write.key));
        if (write.value) {
            Bytes& value = rows.ordered[write.key];
            value = *write.value;
            rows.by_key[key] = &value;
        } else {
            rows.by_key.erase(key);
            rows.ordered.erase(write.key);
        }
    }
}

TimeMs start_time() {
    return *parse_time("2026-06-01T00:00:00.000Z");
}

std::string record_text(const RecordText& t) {
    const std::string digest(64, 'a');
    std::string out = R"({"schema":"consentree/consent/1","consent_id":")" + t.consent_id;
    out += R"(","issuer":")" + t.issuer + R"(","version":)" + std::to_string(t.version);
    if (!t.supersedes.empty()) out += R"(,"supersedes":")" + t.supersedes + "\"";
    out += R"(,"subject":")" + t.subject + R"(","grantors":)" + t.grantors;
    if (!t.authorisation.empty()) out += R"(,"authorisation":)" + t.authorisation;
    out += R"(,"provider":")" + t.provider + R"(","recipients":[{"party":")" + t.recipient;
    out += R"("}],"purposes":)" + t.purposes + R"(,"legal_basis":"consent","categories":)";
    out += t.categories + R"(,"resources":)" + t.resources + R"(,"actions":)" + t.actions;
    out += R"(,"valid_from":")" + t.valid_from + R"(","valid_until":)" + t.valid_until;
    out += t.data_range + R"(,"fetch":)" + t.fetch;
    if (!t.max_uses.empty()) out += R"(,"max_uses":)" + t.max_uses;
    out += R"(,"retention":)" + t.retention + t.more;
    out += R"(,"storage_places":["DE"],"jurisdiction":["DE"],)";
    out += R"("notice":{"uri":"https://example.org/notice","version":"1","sha256":")" + digest;
    out += R"(","language":"en"},"expression":{"type":"explicit","method":"web",)";
    out += R"("at":"2026-01-01T00:00:00.000Z"},"withdrawal_uri":"https://example.org/w"})";
    return out;
}

namespace {

std::string with_record(std::string_view type, const RecordText& text, TimeMs at) {
    return R"({"type":")" + std::string(type) + R"(","consent":)" + record_text(text) +
           R"(,"occurred_at":")" + format_time(at) + "\"}";
}

std::string access_head(std::string_view type, const AccessText& t) {
    static std::uint64_t events = 0;
    std::string out = R"({"type":"access.)" + std::string(type) + R"(","event_id":")";
    out += t.event_id.empty() ? "e" + std::to_string(++events) : t.event_id;
    out += R"(","session_id":")" + t.session_id + "\"";
    if (!t.consent_id.empty()) {
        out += R"(,"issuer":")" + t.issuer + R"(","consent_id":")" + t.consent_id + "\"";
    }
    if (t.version != 0) out += R"(,"version":)" + std::to_string(t.version);
    return out + R"(,"actor_org":")" + t.actor_org + R"(","subject":")" + t.subject + "\"";
}

}  // namespace

std::string request_consent(const RecordText& text, TimeMs at) {
    return with_record("consent.request", text, at);
}

std::string amend_consent(const RecordText& text, TimeMs at) {
    return with_record("consent.amend", text, at);
}

std::string renew_consent(const RecordText& text, TimeMs at) {
    return with_record("consent.renew", text, at);
}

std::string authorise(TimeMs at,
                      int version,
                      std::string_view consent_id,
                      std::string_view grantor) {
    return R"({"type":"consent.authorise","issuer":"northbank","consent_id":")" +
           std::string(consent_id) + R"(","version":)" + std::to_string(version) +
           R"(,"grantor":")" + std::string(grantor) + R"(","occurred_at":")" + format_time(at) +
           "\"}";
}

std::string lifecycle(std::string_view type, TimeMs at, int version, std::string_view consent_id) {
    return R"({"type":"consent.)" + std::string(type) + R"(","issuer":"northbank","consent_id":")" +
           std::string(consent_id) + R"(","version":)" + std::to_string(version) +
           R"(,"occurred_at":")" + format_time(at) + "\"}";
}

std::string access_request(const AccessText& t, TimeMs at) {
    std::string out = access_head("request", t);
    out += R"(,"purpose":")" + t.purpose + R"(","categories":)" + t.categories;
    out += R"(,"resources":)" + t.resources + t.data_range + R"(,"action":")" + t.action;
    out += R"(","attended":)" + std::string(t.attended ? "true" : "false");
    out += R"(,"legal_basis":")" + t.legal_basis + R"(","occurred_at":")" + format_time(at);
    return out + "\"}";
}

std::string access_event(std::string_view type,
                         const AccessText& text,
                         TimeMs at,
                         std::string_view members) {
    return access_head(type, text) + std::string(members) + R"(,"occurred_at":")" +
           format_time(at) + "\"}";
}

Network::Network(std::string_view seed) {
    init_crypto();
    const auto new_key = [&](std::string_view use, std::string_view id) {
        if (seed.empty()) return SecretKey::generate();
        return SecretKey::from_seed(
            sha256(as_bytes(std::string(seed).append(use).append(id))).bytes);
    };
    genesis_.name = "test";
    genesis_.origin = "consentree.example/test";
    genesis_.time_us = static_cast<TimeUs>(start_time() - day_ms) * 1000;
    for (const char* id : {"northbank", "medcare", "citygov", "unilab"}) {
        ValidatorKeys validator = ValidatorKeys::from(new_key("node", id));
        genesis_.institutions.push_back({id, id});
        genesis_.validators.push_back(
            {id, validator.identity.public_key(), validator.vote.public_key(),
             validator.cosignature.public_key(), validator.log.public_key()});
        identities_.push_back(std::move(validator.identity));
        const auto& key = keys_.emplace(id, new_key("key", id)).first->second;
        genesis_.keys.push_back({id, key.public_key(), Role::submit});
        add_admin(id, new_key("admin", id));
    }
    genesis_.institutions.push_back({"watchdog", "watchdog"});
    add_admin("watchdog", new_key("admin", "watchdog"));
    const auto& auditor = keys_.emplace("auditor", new_key("key", "auditor")).first->second;
    genesis_.keys.push_back({"citygov", auditor.public_key(), Role::audit});
    const auto& regulator = keys_.emplace("regulator", new_key("key", "regulator")).first->second;
    genesis_.keys.push_back({"citygov", regulator.public_key(), Role::submit | Role::authority});
    keys_.emplace("stranger", new_key("key", "stranger"));
    const std::string json = format_genesis(genesis_);
    const auto parsed = parse_genesis(json);
    if (!parsed) INFO(parsed.error().detail << " " << parsed.error().pointer);
    REQUIRE(parsed.has_value());
    genesis_ = *parsed;
    tables_.apply(genesis_writes(genesis_, json));
    lanes_.resize(genesis_.validators.size());
}

void Network::add_admin(const std::string& institution, SecretKey key) {
    const auto& admin = keys_.emplace(institution + "-admin", std::move(key)).first->second;
    genesis_.keys.push_back({institution, admin.public_key(), Role::admin});
}

Transaction Network::sign(std::string_view institution,
                          std::vector<std::string> events,
                          TimeMs valid_until) {
    Bytes nonce(16, 0);
    ++nonce_;
    for (std::size_t k = 0; k < 8; ++k) nonce[k] = static_cast<std::uint8_t>(nonce_ >> (8 * k));
    const auto tip = load_tip(tables_);
    if (valid_until == 0) valid_until = static_cast<TimeMs>(tip->time_us / 1000) + day_ms / 2;
    return sign_transaction(keys_.find(institution)->second, genesis_.network, valid_until, nonce,
                            std::move(events));
}

CheckedTransaction Network::check(const Transaction& transaction) const {
    const auto storage = std::make_shared<const Bytes>(encode(transaction));
    auto checked = check_transaction(storage, *storage, genesis_.network);
    if (!checked)
        FAIL(checked.error().code << ": " << checked.error().detail << " at "
                                  << checked.error().pointer);
    return std::move(*checked);
}

BatchPtr Network::batch(const std::vector<Transaction>& transactions, ValidatorIndex lane) {
    std::vector<CheckedTransaction> checked;
    for (const Transaction& transaction : transactions) checked.push_back(check(transaction));
    LaneCursor& cursor = lanes_[lane];
    BatchPtr batch = seal_batch(genesis_, lane, cursor.next_seq, cursor.last_digest,
                                identities_[lane], std::move(checked));
    cursor.next_seq += 1;
    cursor.last_digest = batch->header().digest;
    tables_.apply({{Table::batch, batch_key(lane, batch->header().seq, batch->header().digest),
                    to_bytes(batch->encoded())}});
    return batch;
}

OrderedBlock Network::block(std::vector<BatchPtr> batches, TimeMs at) const {
    const auto tip = load_tip(tables_);
    OrderedBlock block;
    block.height = tip->height + 1;
    block.view = tip->view + 1;
    block.time_us = std::max(static_cast<TimeUs>(at) * 1000, tip->time_us + 1);
    block.batches = std::move(batches);
    return block;
}

Execution Network::run(const OrderedBlock& block, bool is_compared) {
    WriteSet anew;
    if (is_compared) {
        PatriciaTree map = load_index_map(tables_);
        anew = execute(genesis_, tables_, block, map).writes;
    }
    Execution execution = execute(genesis_, tables_, block, map_, recent_);
    // What is remembered from block to block changes nothing.
    if (is_compared) REQUIRE(execution.writes == anew);
    tables_.apply(execution.writes);
    return execution;
}

TxOutcome Network::submit(std::string_view institution,
                          std::vector<std::string> events,
                          TimeMs at) {
    const Transaction transaction = sign(institution, std::move(events), at + day_ms / 2);
    run(block({batch({transaction})}, at));
    return get_outcome(tables_, transaction_id(transaction.header)).value();
}

EntryView Network::record(std::string_view institution,
                          std::vector<std::string> events,
                          TimeMs at) {
    const TxOutcome outcome = submit(institution, std::move(events), at);
    INFO(outcome.code << ": " << outcome.detail << " at " << outcome.pointer);
    REQUIRE(outcome.status == TxStatus::committed);
    return get_entry(tables_, outcome.leaves.back()).value();
}

void Network::grant(const RecordText& text, TimeMs at) {
    const TxOutcome outcome =
        submit("northbank", {request_consent(text, at), authorise(at, 1, text.consent_id)}, at);
    INFO(outcome.code << ": " << outcome.detail << " at " << outcome.pointer);
    REQUIRE(outcome.status == TxStatus::committed);
}

ConsentView Network::consent(std::string_view id, TimeMs at) const {
    return find_consent(tables_, "northbank", id, at).value();
}

}  // namespace consentree::ledger::test
