// Linked with the program of a C++ block: tells the judge which exception ended
// it. Anybody can print such a text and abort. See report.c for the way of the
// report, and exception.rs for the form of the text.

#include <cstdio>
#include <cstdlib>
#include <cxxabi.h>
#include <exception>
#include <typeinfo>

#include "report.c"

[[noreturn]] static void ended() {
    if (const std::type_info *type = abi::__cxa_current_exception_type()) {
        int failed = 0;
        char *name = abi::__cxa_demangle(type->name(), nullptr, nullptr, &failed);
        const char *kind = failed == 0 ? name : type->name();
        report();
        std::fprintf(stderr, "\x1e%s\x1fterminate called after throwing an instance of '%s'\n",
                     kind, kind);
        try {
            std::rethrow_exception(std::current_exception());
        } catch (const std::exception &thrown) {
            std::fprintf(stderr, "  what():  %s\n", thrown.what());
        } catch (...) {
        }
        std::fputs("\x1e", stderr);
    } else {
        std::fputs("terminate called without an active exception\n", stderr);
    }
    std::abort();
}

__attribute__((constructor)) static void listen() {
    std::set_terminate(ended);
}
