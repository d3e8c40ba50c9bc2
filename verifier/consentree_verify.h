/*
 * Checks receipts, evidence, checkpoints and evidence of forks of a Consentree network, offline,
 * for programs in any language. The library needs libcrypto, libsodium and the C++ runtime; it
 * reads no file, opens no socket, starts no thread and keeps no state.
 *
 *   consentree_report* report = consentree_verify(file, file_bytes, trust, trust_bytes);
 *   if (consentree_report_standing(report) == CONSENTREE_VERIFIED) ...
 *   consentree_report_free(report);
 *
 * Ownership   What the caller passes is copied where needed and may go when the call returns. A
 *             report belongs to the caller until consentree_report_free. Texts belong to their
 *             report, end with a zero byte, are UTF-8 and stay until it is freed.
 * Threads     Every function may be called from any thread at any time; one report may be read by
 *             several at once.
 * Input       Any bytes at all. Files above 8 MiB and trust files above 64 KiB are refused unread.
 * Errors      There are no others than those of a report. No C++ exception leaves the library.
 * Versions    What is declared here keeps its meaning within one CONSENTREE_VERIFY_ABI, the number
 * in the library's name (libconsentree_verify.so.1); functions may be added.
 */
#pragma once

#include <stddef.h>

#define CONSENTREE_VERIFY_ABI 1

#ifdef __cplusplus
extern "C" {
#endif

/* The exit codes of the programs too. Nothing but 0 may be taken for "verified". */
enum consentree_standing {
    CONSENTREE_VERIFIED = 0,
    /* Something in the file contradicts something else in it, or a known key's signature does not
     * hold: it has been altered or forged. */
    CONSENTREE_FAILED = 7,
    /* Nothing is known to be wrong, but this trust file, or this version, cannot vouch for it. */
    CONSENTREE_UNDECIDABLE = 8
};

typedef struct consentree_report consentree_report;

/* Checks the text of a file of any kind against the text of a trust file (c2sp.org/tlog-policy).
 * NULL only if memory runs out. A null pointer is an empty text. */
consentree_report* consentree_verify(const void* file,
                                     size_t file_bytes,
                                     const void* trust,
                                     size_t trust_bytes);

/* Of a NULL report: CONSENTREE_UNDECIDABLE, and empty texts. */
int consentree_report_standing(const consentree_report* report);
/* "receipt", "evidence", "checkpoint" or "fork". */
const char* consentree_report_kind(const consentree_report* report);
/* Why it is not verified; empty if it is. */
const char* consentree_report_reason(const consentree_report* report);
/* What was proven, by whom, as of when, and what was not checked: lines for a person. */
const char* consentree_report_text(const consentree_report* report);
/* The same as JSON (docs/verifier.md). */
const char* consentree_report_json(const consentree_report* report);

void consentree_report_free(consentree_report* report);

/* "0.1.0": of the library that is loaded. */
const char* consentree_verify_version(void);

#ifdef __cplusplus
}
#endif
