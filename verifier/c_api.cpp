#include "common/keys.h"
#include "verifier/consentree_verify.h"
#include "verifier/text.h"

#include <exception>
#include <memory>
#include <new>

struct consentree_report {  // NOLINT(readability-identifier-naming): a name of C.
    int standing = CONSENTREE_UNDECIDABLE;
    std::string kind, reason, text, json;
};

namespace consentree::verifier {

namespace {

std::string_view view_of(const void* bytes, size_t count) {
    if (bytes == nullptr) return {};
    return {static_cast<const char*>(bytes), count};
}

void fill(consentree_report& made, std::string_view file, std::string_view trust) {
    init_crypto();
    const Report report = verify_file(file, trust);
    made.kind = report.kind;
    made.reason = report.reason;
    made.json = to_json(report);
    if (report.standing == Standing::verified) {
        made.text = to_text(report, report.kind);
    } else {
        const Complaint complaint = complaint_of(report, "this " + report.kind);
        made.text = printable(complaint.what + "\n" + complaint.why + "\n" + complaint.hint + "\n");
    }
    // Last: until all is written it is not verified.
    made.standing = exit_code_of(report.standing);
}

}  // namespace

}  // namespace consentree::verifier

namespace {

const char* text_of(const consentree_report* report, std::string consentree_report::*member) {
    return report == nullptr ? "" : (report->*member).c_str();
}

}  // namespace

extern "C" {

consentree_report* consentree_verify(const void* file,
                                     size_t file_bytes,
                                     const void* trust,
                                     size_t trust_bytes) {
    try {
        auto report = std::make_unique<consentree_report>();
        try {
            consentree::verifier::fill(*report, consentree::verifier::view_of(file, file_bytes),
                                       consentree::verifier::view_of(trust, trust_bytes));
        } catch (const std::bad_alloc&) {
            return nullptr;
        } catch (const std::exception& error) {
            report->reason = std::string("the verifier itself failed: ") + error.what();
        }
        return report.release();
    } catch (...) {
        return nullptr;
    }
}

int consentree_report_standing(const consentree_report* report) {
    return report == nullptr ? CONSENTREE_UNDECIDABLE : report->standing;
}

const char* consentree_report_kind(const consentree_report* report) {
    return text_of(report, &consentree_report::kind);
}

const char* consentree_report_reason(const consentree_report* report) {
    return text_of(report, &consentree_report::reason);
}

const char* consentree_report_text(const consentree_report* report) {
    return text_of(report, &consentree_report::text);
}

const char* consentree_report_json(const consentree_report* report) {
    return text_of(report, &consentree_report::json);
}

void consentree_report_free(consentree_report* report) {
    delete report;
}

const char* consentree_verify_version(void) {
    return CONSENTREE_VERSION;
}
}
