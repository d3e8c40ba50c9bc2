// Canonical binary encoding: big-endian fixed-width integers, u32 counts before variable parts,
// structs as fields in order, variants as a u8 tag. One value, one encoding (docs/formats.md).
#pragma once

#include "common/bytes.h"
#include "common/error.h"

namespace consentree {

class Writer {
public:
    void u8(std::uint8_t value) { out_.push_back(value); }
    void u16(std::uint16_t value) { integer(value); }
    void u32(std::uint32_t value) { integer(value); }
    void u64(std::uint64_t value) { integer(value); }
    void boolean(bool value) { u8(value ? 1 : 0); }
    // No count in front: for parts of fixed size.
    void raw(BytesView bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
    template <std::size_t N, class Tag>
    void fixed(const FixedBytes<N, Tag>& value) {
        raw(value.view());
    }
    // u32 byte count, then the bytes.
    void blob(BytesView bytes) {
        u32(static_cast<std::uint32_t>(bytes.size()));
        raw(bytes);
    }
    void text(std::string_view value) { blob(as_bytes(value)); }

    void reserve(std::size_t bytes) { out_.reserve(bytes); }
    const Bytes& bytes() const { return out_; }
    Bytes take() { return std::move(out_); }

private:
    template <class T>
    void integer(T value) {
        for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8) {
            out_.push_back(static_cast<std::uint8_t>(value >> shift));
        }
    }
    Bytes out_;
};

// Reads what Writer wrote. The first error sticks: later reads return zero values, and finish()
// or error() reports it. Lengths are checked against their limit before anything is allocated.
class Reader {
public:
    explicit Reader(BytesView input) : input_(input) {}

    std::uint8_t u8() { return integer<std::uint8_t>(); }
    std::uint16_t u16() { return integer<std::uint16_t>(); }
    std::uint32_t u32() { return integer<std::uint32_t>(); }
    std::uint64_t u64() { return integer<std::uint64_t>(); }
    bool boolean() {
        const std::uint8_t value = u8();
        if (value > 1) fail(Errc::not_canonical);
        return value == 1;
    }
    // A view into the input, which must outlive it.
    BytesView raw(std::size_t count) {
        if (error_ || input_.size() < count) {
            fail(Errc::truncated);
            return {};
        }
        const BytesView part = input_.first(count);
        input_ = input_.subspan(count);
        return part;
    }
    template <class Fixed>
    Fixed fixed() {
        Fixed value;
        const BytesView part = raw(Fixed::byte_count);
        if (!error_) std::memcpy(value.data(), part.data(), part.size());
        return value;
    }
    BytesView blob(std::size_t byte_limit) {
        const std::uint32_t length = u32();
        if (length > byte_limit) {
            fail(Errc::too_large);
            return {};
        }
        return raw(length);
    }
    std::string text(std::size_t byte_limit) { return std::string(as_text(blob(byte_limit))); }
    // A count of parts that take at least bytes_each: bounded by its limit and by what is left.
    std::uint32_t count(std::size_t limit, std::size_t bytes_each) {
        const std::uint32_t value = u32();
        if (value > limit) {
            fail(Errc::too_large);
            return 0;
        }
        if (bytes_each != 0 && value > input_.size() / bytes_each) {
            fail(Errc::truncated);
            return 0;
        }
        return value;
    }

    void fail(Errc code) {
        if (!error_) error_ = code;
    }
    std::size_t left() const { return input_.size(); }
    bool failed() const { return error_.has_value(); }
    // The first error, or trailing_bytes if input is left over.
    Result<void> finish() {
        if (!error_ && !input_.empty()) error_ = Errc::trailing_bytes;
        if (error_) return *error_;
        return {};
    }

private:
    template <class T>
    T integer() {
        const BytesView part = raw(sizeof(T));
        T value = 0;
        for (const std::uint8_t byte : part) value = static_cast<T>((value << 8) | byte);
        return value;
    }
    BytesView input_;
    std::optional<Errc> error_;
};

}  // namespace consentree
