#include "ledger/genesis.h"

#include "common/codec.h"
#include "common/hash.h"
#include "common/limits.h"
#include "common/time.h"
#include "ledger/event_fields.h"

#include <algorithm>
#include <set>

namespace consentree::ledger {
namespace {

constexpr std::size_t name_bytes = 128;
constexpr std::int64_t skew_ms_max = 24 * 3600 * 1000;

constexpr std::pair<std::uint8_t, std::string_view> role_names[] = {
    {Role::submit, "submit"},   {Role::audit, "audit"},         {Role::admin, "admin"},
    {Role::operate, "operate"}, {Role::authority, "authority"},
};

class GenesisReader {
public:
    Checked<Genesis> read(std::string_view json) {
        const auto document =
            Json::parse(json, {.bytes = limits::genesis_bytes, .depth = limits::event_depth});
        if (!document) return document.error();
        Fields fields(document->root(), "");
        genesis_.network = sha256(as_bytes(json));
        fields.one_of("schema", {"consentree/genesis/1"});
        genesis_.name = name(fields, "name");
        genesis_.origin = origin(fields);
        genesis_.time_us = static_cast<TimeUs>(std::max<TimeMs>(fields.time("time"), 0)) * 1000;
        genesis_.clock_skew_ms = fields.integer("clock_skew_ms", 0, skew_ms_max);
        each(fields, "institutions", 1, limits::institutions_max,
             [this](Fields& item) { institution(item); });
        each(fields, "validators", limits::validators_min, limits::validators_max,
             [this](Fields& item) { validator(item); });
        each(fields, "keys", 0, limits::genesis_keys_max, [this](Fields& item) { key(item); });
        if (auto refusal = fields.reader.finish()) return std::move(*refusal);
        return std::move(genesis_);
    }

private:
    template <class Visit>
    static void each(Fields& outer,
                     std::string_view name,
                     std::size_t least,
                     std::size_t most,
                     const Visit& visit) {
        const auto list = outer.reader.require(name, Json::Type::array);
        if (!list) return;
        if (list->count() < least || list->count() > most) {
            outer.reader.fail(name, std::to_string(least) + " to " + std::to_string(most) +
                                        " items were expected");
            return;
        }
        Json::Value item = list->first();
        for (std::uint32_t index = 0; index < list->count() && !outer.reader.failed();
             ++index, item = item.next()) {
            Fields fields(item, "/" + std::string(name) + "/" + std::to_string(index));
            visit(fields);
            if (auto refusal = fields.reader.finish()) outer.reader.fail(std::move(*refusal));
        }
    }

    static std::string name(Fields& fields, std::string_view member) {
        return fields.kept_text(member, name_bytes, Need::required);
    }

    // A C2SP key name is made of it: no spaces, no plus sign.
    static std::string origin(Fields& fields) {
        std::string origin = name(fields, "origin");
        const auto is_good = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '/' ||
                   c == '-' || c == '_';
        };
        if (!std::all_of(origin.begin(), origin.end(), is_good)) {
            fields.reader.fail("origin", "characters of [a-z0-9./_-] were expected");
        }
        return origin;
    }

    PublicKey public_key(Fields& fields, std::string_view member) {
        const auto value = fields.reader.require(member, Json::Type::string);
        if (!value) return {};
        const auto key = fixed_from_base64<PublicKey>(value->string());
        if (!key || !is_valid(*key)) {
            fields.reader.fail(member, "base64 of a valid Ed25519 public key was expected");
            return {};
        }
        if (!keys_.insert(*key).second) fields.reader.fail(member, "this key is repeated");
        return *key;
    }

    std::string known_institution(Fields& fields) {
        std::string id = fields.institution("institution");
        if (!ids_.contains(id)) {
            fields.reader.fail("institution", "this institution is not in the list");
        }
        return id;
    }

    void institution(Fields& item) {
        InstitutionEntry entry{item.institution("id"), name(item, "name")};
        if (!ids_.insert(entry.id).second) item.reader.fail("id", "this id is repeated");
        genesis_.institutions.push_back(std::move(entry));
    }

    void validator(Fields& item) {
        ValidatorEntry entry;
        entry.institution = known_institution(item);
        if (!hosts_.insert(entry.institution).second) {
            item.reader.fail("institution", "this institution has a validator already");
        }
        entry.identity = public_key(item, "identity");
        entry.vote = public_key(item, "vote");
        entry.cosignature = public_key(item, "cosignature");
        entry.log = public_key(item, "log");
        genesis_.validators.push_back(std::move(entry));
    }

    void key(Fields& item) {
        KeyEntry entry;
        entry.institution = known_institution(item);
        entry.key = public_key(item, "key");
        const std::vector<std::string> roles = item.codes("roles", 1);
        for (const std::string& role : roles) {
            const auto known = std::find_if(std::begin(role_names), std::end(role_names),
                                            [&](const auto& pair) { return pair.second == role; });
            if (known == std::end(role_names)) {
                item.reader.fail("roles",
                                 "submit, audit, admin, operate or authority was expected");
                return;
            }
            entry.roles = static_cast<std::uint8_t>(entry.roles | known->first);
        }
        genesis_.keys.push_back(std::move(entry));
    }

    Genesis genesis_;
    std::set<std::string, std::less<>> ids_, hosts_;
    std::set<PublicKey> keys_;
};

// Names may hold any text: only what JSON demands is escaped.
std::string json_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            static constexpr std::string_view digits = "0123456789abcdef";
            out += "\\u00";
            out += digits[static_cast<unsigned char>(c) >> 4];
            out += digits[static_cast<unsigned char>(c) & 15];
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::string json_text(const PublicKey& key) {
    return "\"" + to_base64(key.view()) + "\"";
}

template <class Item, class Format>
std::string list(std::string_view name, const std::vector<Item>& items, const Format& format) {
    std::string out = "  \"" + std::string(name) + "\": [";
    for (std::size_t k = 0; k < items.size(); ++k) {
        out += k == 0 ? "\n" : ",\n";
        out += "    " + format(items[k]);
    }
    return out + (items.empty() ? "]" : "\n  ]");
}

std::string format_roles(std::uint8_t roles) {
    std::string out = "[";
    for (const auto& [bit, name] : role_names) {
        if ((roles & bit) == 0) continue;
        if (out.size() > 1) out += ", ";
        out += json_text(name);
    }
    return out + "]";
}

}  // namespace

Checked<Genesis> parse_genesis(std::string_view json) {
    return GenesisReader().read(json);
}

std::string format_genesis(const Genesis& genesis) {
    std::string out = "{\n  \"schema\": \"consentree/genesis/1\",\n";
    out += "  \"name\": " + json_text(genesis.name) + ",\n";
    out += "  \"origin\": " + json_text(genesis.origin) + ",\n";
    out += "  \"time\": " + json_text(format_time(static_cast<TimeMs>(genesis.time_us / 1000))) +
           ",\n";
    out += "  \"clock_skew_ms\": " + std::to_string(genesis.clock_skew_ms) + ",\n";
    out += list("institutions", genesis.institutions, [](const InstitutionEntry& entry) {
        return R"({"id": )" + json_text(entry.id) + R"(, "name": )" + json_text(entry.name) + "}";
    });
    out += ",\n";
    out += list("validators", genesis.validators, [](const ValidatorEntry& entry) {
        return R"({"institution": )" + json_text(entry.institution) + R"(, "identity": )" +
               json_text(entry.identity) + R"(, "vote": )" + json_text(entry.vote) +
               R"(, "cosignature": )" + json_text(entry.cosignature) + R"(, "log": )" +
               json_text(entry.log) + "}";
    });
    out += ",\n";
    out += list("keys", genesis.keys, [](const KeyEntry& entry) {
        return R"({"institution": )" + json_text(entry.institution) + R"(, "key": )" +
               json_text(entry.key) + R"(, "roles": )" + format_roles(entry.roles) + "}";
    });
    return out + "\n}\n";
}

std::string cosigner_name(const Genesis& genesis, ValidatorIndex validator) {
    return genesis.origin + "/" + genesis.validators.at(validator).institution;
}

Hash validator_set_hash(const Genesis& genesis) {
    Writer out;
    out.raw(as_bytes("consentree/validator-set/v1\n"));
    out.u32(1);  // Epoch.
    out.u32(static_cast<std::uint32_t>(genesis.validators.size()));
    for (const ValidatorEntry& validator : genesis.validators) {
        out.fixed(validator.identity);
        out.fixed(validator.vote);
        out.fixed(validator.cosignature);
        out.fixed(validator.log);
    }
    return sha256(out.bytes());
}

}  // namespace consentree::ledger
