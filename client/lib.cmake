# The client library, and the tool's own commands (import.cmake has those of import and demo).
set(CONSENTREE_CLIENT_LIB_SOURCES
  agreement.cpp calls.cpp client.cpp consents.cpp context.cpp derived.cpp entry_reader.cpp event_stream.cpp follow.cpp http.cpp memory.cpp network_files.cpp proven.cpp
  governance_log.cpp policies.cpp proven_entry.cpp
  proven_stream.cpp receipts.cpp record.cpp record_events.cpp signing_key.cpp subject_replay.cpp submitter.cpp trust.cpp xdg.cpp)
set(CONSENTREE_CLIENT_REPORT_SOURCES
  report/book.cpp report/by_event_time.cpp report/cells.cpp report/check.cpp report/kinds.cpp report/kinds_access.cpp report/kinds_consent.cpp
  report/kinds_duty.cpp report/kinds_oversight.cpp report/kinds_record.cpp report/kinds_time.cpp report/live.cpp report/policies.cpp report/render.cpp
  report/render_csv.cpp report/render_html.cpp report/render_json.cpp report/render_jsonld.cpp
  report/render_prov.cpp report/render_table.cpp report/run.cpp report/session.cpp)
set(CONSENTREE_CLIENT_CLI_SOURCES
  cli/access.cpp cli/access_events.cpp cli/agreement.cpp cli/audit.cpp cli/audit_print.cpp cli/cli.cpp cli/consent.cpp cli/consent_read.cpp cli/consent_steps.cpp cli/context_command.cpp
  cli/explain.cpp cli/form.cpp cli/help.cpp cli/key.cpp cli/lists.cpp cli/net.cpp cli/node.cpp cli/output.cpp cli/party.cpp cli/policy.cpp cli/receipts.cpp
  cli/report.cpp cli/report_named.cpp cli/session.cpp cli/status.cpp cli/suggest.cpp cli/tx.cpp cli/verify.cpp cli/watch.cpp)
