// What every Store must do, checked against one of them.
#pragma once

#include "storage/store.h"

// The store must be empty.
void check_store_contract(consentree::storage::Store& store);

// Keys and values of a scan, as "key=value" words.
std::string scan_text(const consentree::ledger::Reader& reader,
                      consentree::ledger::Table table,
                      std::string_view from,
                      std::string_view until,
                      consentree::ledger::Direction direction);

consentree::ledger::Write put(consentree::ledger::Table table,
                              std::string_view key,
                              std::string_view value);
consentree::ledger::Write remove_row(consentree::ledger::Table table, std::string_view key);
std::string value_of(const consentree::ledger::Reader& reader,
                     consentree::ledger::Table table,
                     std::string_view key);
