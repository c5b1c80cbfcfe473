#include "cjson.h"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <cstring>
#include <iterator>
#include <new>
#include <string>

namespace {

/// The text, a piece at a time.
struct Text {
    cjson_more more;
    void *context;
    const char *next = nullptr;
    const char *end = nullptr;
    bool is_over = false;

    bool is_at_end() {
        if (next != end) return false;
        if (is_over) return true;
        const size_t count = more(context, &next);
        end = next + count;
        is_over = count == 0;
        return is_over;
    }
};

/// What nlohmann::json reads from; one without a text is the end of any.
class Place {
  public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char *;
    using reference = const char &;

    Place() = default;
    explicit Place(Text &text) : text(&text) {}

    reference operator*() const { return *text->next; }
    Place &operator++() {
        ++text->next;
        return *this;
    }
    Place operator++(int) {
        const Place before = *this;
        ++text->next;
        return before;
    }
    bool operator==(const Place &other) const {
        return (text == nullptr || text->is_at_end()) == (other.text == nullptr || other.text->is_at_end());
    }
    bool operator!=(const Place &other) const { return !(*this == other); }

  private:
    Text *text = nullptr;
};

/// Passes events on, and notes what is wrong.
struct Events {
    using json = nlohmann::json;

    cjson_take take;
    void *context;
    cjson_problem *problem;
    bool is_invalid = false;

    bool pass(cjson_event event) { return take(context, event, "", 0); }
    bool pass(cjson_event event, const std::string &text) {
        return take(context, event, text.data(), text.size());
    }

    bool null() { return pass(CJSON_NULL); }
    bool boolean(bool value) { return pass(value ? CJSON_TRUE : CJSON_FALSE); }
    bool number_integer(json::number_integer_t value) { return pass(CJSON_NUMBER, std::to_string(value)); }
    bool number_unsigned(json::number_unsigned_t value) { return pass(CJSON_NUMBER, std::to_string(value)); }
    bool number_float(json::number_float_t, const std::string &digits) { return pass(CJSON_NUMBER, digits); }
    bool string(std::string &value) { return pass(CJSON_STRING, value); }
    bool binary(json::binary_t &) { return false; }  // JSON has none
    bool start_object(std::size_t) { return pass(CJSON_OBJECT_BEGIN); }
    bool key(std::string &value) { return pass(CJSON_KEY, value); }
    bool end_object() { return pass(CJSON_OBJECT_END); }
    bool start_array(std::size_t) { return pass(CJSON_ARRAY_BEGIN); }
    bool end_array() { return pass(CJSON_ARRAY_END); }

    /// `[json.exception.parse_error.101] parse error at line 2, column 8: syntax error while parsing … - …; last read:
    /// '…'`, of which the last quotes the text.
    bool parse_error(std::size_t, const std::string &, const json::exception &error) {
        is_invalid = true;
        std::string text = error.what();
        if (const auto start = text.find("] "); start != std::string::npos) text.erase(0, start + 2);
        int read = 0;
        if (std::sscanf(text.c_str(), "parse error at line %zu, column %zu: %n", &problem->line, &problem->byte, &read) == 2)
            text.erase(0, static_cast<size_t>(read));
        problem->is_utf8 = text.find("ill-formed UTF-8") == std::string::npos;
        if (const auto quotation = text.find("; last read"); quotation != std::string::npos) text.erase(quotation);
        std::snprintf(problem->reason, sizeof problem->reason, "%s", text.c_str());
        return false;
    }
};

} // namespace

cjson_status cjson_parse(cjson_more more, cjson_take take, void *context, cjson_problem *problem) {
    std::memset(problem, 0, sizeof *problem);
    problem->is_utf8 = true;
    Text text{more, context};
    Events events{take, context, problem};
    try {
        if (nlohmann::json::sax_parse(Place(text), Place(), &events)) return CJSON_DONE;
        return events.is_invalid ? CJSON_INVALID : CJSON_STOPPED;
    } catch (const std::bad_alloc &) {
        return CJSON_OUT_OF_MEMORY;
    } catch (const std::exception &error) {
        std::snprintf(problem->reason, sizeof problem->reason, "%s", error.what());
        return CJSON_INVALID;
    }
}
