#include "client/api_reports.h"

#include <nlohmann/json.hpp>

namespace consentree::client::api {

namespace {

constexpr std::string_view anybody = "subject consent actor provider";

constexpr ReportInfo infos[] = {
    {1, "accesses",
     "Who looked at this customer's data between these dates, for what, under which consent?",
     "GDPR 15(1)(a),(c); HIPAA 164.528", anybody, "", "event-time"},
    {2, "consent-at",
     "Show the consent behind this one access, exactly as it stood at that moment, with the "
     "notice that the customer saw.",
     "GDPR 7(1); DPDP 6(10)", "consent", "", "access"},
    {3, "permitted", "Was this access permitted? If not, which rule did it break?",
     "GDPR 5(2), 6(1)", anybody, "", "access event-time"},
    {4, "uncovered", "Every access that was not covered by a valid consent.", "GDPR 5(2), 6",
     anybody, "", "event-time"},
    {5, "after-withdrawal",
     "Accesses made after the customer withdrew (or the consent was revoked), with the delay.",
     "GDPR 7(3); PIPL 15; CDR 4.26A", anybody, "", "event-time"},
    {6, "unchanged",
     "Prove that this record has not been changed since, and was there on that date.",
     "GDPR 5(2), 32", anybody, "", "access"},
    {7, "history",
     "The full history of this consent: given, amended, renewed, paused, ended, by whom.",
     "GDPR 7(1)", anybody, "", ""},
    {8, "expiring", "Which consents expire in the next days, by partner?",
     "PSD2 re-authentication; CDR 12 months", anybody, "", "within"},
    {9, "by-notice", "Which customers gave consent on this version of the notice?",
     "PIPL 14; GDPR 7(1)", anybody, "", "notice"},
    {10, "over-frequency", "Did any partner fetch more often than allowed?",
     "RTS 36(5); AA fair use", anybody, "", "event-time"},
    {11, "outside-scope",
     "Did any partner take data outside the consented purposes, categories or dates?",
     "GDPR 5(1)(b),(c)", anybody, "", "event-time"},
    {12, "deletion-due", "What must be deleted by now and has no deletion record?",
     "GDPR 5(1)(e), 17; AA DataLife", anybody, "", ""},
    {13, "onward", "Where did this data go next? Every onward recipient.",
     "GDPR 19, 44; PIPL 23; HIPAA 164.528", anybody, "", "event-time"},
    {14, "erasure", "Who must be told about this erasure or correction, and who has confirmed?",
     "GDPR 17, 19", "subject", "", ""},
    {15, "breach-scope",
     "A key leaked between these dates at this partner. Which customers, which categories, how "
     "many?",
     "GDPR 33(3), 34; PIPL 57", "actor provider", "from to", ""},
    {16, "breach-deadline", "Were we inside 72 hours?", "GDPR 33(1)", "actor subject", "", ""},
    {17, "special-category",
     "Accesses under special-category data, and the separate consent for each.",
     "GDPR 9(2)(a); PIPL 29", anybody, "", "event-time"},
    {18, "other-basis", "Accesses with no consent, on another legal basis, and which.",
     "GDPR 6(1)(b)-(f), 30", anybody, "", "event-time"},
    {19, "overrides", "Every emergency override, and who approved it.", "HIPAA 164.312(a)(2)",
     anybody, "", "event-time"},
    {20, "transfers", "Transfers outside the country, and their basis.", "GDPR 44-49; PIPL 38, 39",
     anybody, "", "event-time"},
    {21, "minors", "Accesses about minors, and the guardian's authority.", "GDPR 8; PIPL 31",
     anybody, "", "event-time"},
    {22, "joint", "Joint accounts: did every holder agree?", "CDR joint accounts", anybody, "", ""},
    {23, "staff", "Which of our staff opened this record, when, and was it allowed?",
     "HIPAA 164.312(b)", anybody, "", "user event-time"},
    {24, "unmatched",
     "The provider says delivered and the recipient says nothing, or the other way round.",
     "IHE BALP", anybody, "", "event-time"},
    {25, "register",
     "My processing register: purposes, categories, recipients, transfers, time limits.",
     "GDPR 30(1)(a)-(g)", "provider actor", "", ""},
    {26, "metrics",
     "Active, new, withdrawn, revoked, amended, expired and abandoned consents per day.",
     "CDR Get Metrics", anybody, "", ""},
    {27, "regulator-log", "The log of data accessed by this institution, for the regulator.",
     "RTS on SCA; PSD2 33(5)", "actor", "", ""},
    {28, "as-of", "What did the system know on this day?", "any dispute", anybody, "as-of", ""},
    {29, "subject-copy", "Give this customer a copy that a machine can read.", "GDPR 15(3), 20",
     "subject", "", ""},
    {30, "disposal", "How long are these records kept, and what is due for disposal?",
     "DPDP: 7 years; HIPAA: 6 years", anybody, "keep", "keep"},
    {31, "event-time",
     "Was each access permitted when it happened, as far as is known by now, and not only when "
     "it was recorded?",
     "GDPR 5(2), 7(3)", "subject consent", "", ""},
};

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> found;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        found.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return found;
}

}  // namespace

const std::vector<ReportInfo>& reports() {
    static const std::vector<ReportInfo> all(std::begin(infos), std::end(infos));
    return all;
}

const std::vector<std::string_view>& report_parameters() {
    static const std::vector<std::string_view> all = {
        "subject",  "consent", "issuer", "actor", "provider", "purpose",
        "category", "verdict", "from",   "to",    "as-of",    "collapse"};
    return all;
}

std::string format_reports() {
    nlohmann::ordered_json items = nlohmann::ordered_json::array();
    for (const ReportInfo& info : reports()) {
        items.push_back({{"number", info.number},
                         {"name", info.name},
                         {"question", info.question},
                         {"articles", info.articles},
                         {"keys", words(info.keys)},
                         {"demands", words(info.demands)},
                         {"takes", words(info.takes)}});
    }
    return nlohmann::ordered_json{{"items", items}, {"parameters", report_parameters()}}.dump();
}

}  // namespace consentree::client::api
