// What the API's HTTPS listener shows: a certificate that the operator made, and its key. Read once
// at start; the peers' TLS is another (node/tls.h).
#pragma once

#include "common/error.h"

#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <memory>

namespace consentree::node {

using ApiTls = std::shared_ptr<boost::asio::ssl::context>;
// PEM: the certificate with its chain, and its private key. "api-tls" with what is wrong and how to
// make them.
Checked<ApiTls> load_api_tls(const std::filesystem::path& certificate,
                             const std::filesystem::path& key);
// Whether the certificate is for this name or IP address.
bool is_named(const ApiTls& tls, const std::string& host);

}  // namespace consentree::node
