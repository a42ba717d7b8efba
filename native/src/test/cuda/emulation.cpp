// Runs the blocks and threads of emulated kernels, and finds what a GPU would not tell.
#include "emulation.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <vector>

uint3 threadIdx, blockIdx, blockDim, gridDim;

namespace emulation {
unsigned char *shared;

namespace {
constexpr int MOST_THREADS = 1024;
constexpr size_t STACK = 256 << 10;
/** What a block may have on an H100. */
constexpr int MOST_SHARED = 227 << 10;

/** A stack and where its thread goes on. It serves one thread after the other, and is left in the middle of one that waits. */
struct Fiber {
    char *stack;
    jmp_buf place;
    bool started;
};

enum State { READY, AT_BARRIER, AT_EXCHANGE, ENDED };

struct Thread {
    Fiber *fiber;
    State state;
    const char *file;
    int line;
    const char *what;
    unsigned mask;
    uint64_t given;
};

Thread threads[MOST_THREADS];
uint64_t exchanged[MOST_THREADS];
int count;
int current;
std::vector<Fiber *> idle;
std::vector<Fiber *> all;

const char *kernelName;
void (*kernelBody)(const void *);
const void *kernelArguments;
unsigned votes;
jmp_buf scheduler;
jmp_buf launcher;
char message[1024];
unsigned char *sharedEnd;

volatile sig_atomic_t launching;
pthread_t launchingThread;

/** Every fiber's first function: a thread's whole life, and then the next thread's. */
void live() {
    for (;;) {
        kernelBody(kernelArguments);
        Thread &thread = threads[current];
        thread.state = ENDED;
        Fiber *fiber = thread.fiber;
        if (!_setjmp(fiber->place)) {
            _longjmp(scheduler, 1);
        }
    }
}

__attribute__((noinline)) Fiber *takeFiber() {
    if (idle.empty()) {
        Fiber *fiber = new Fiber();
        // Pages cost memory once they are touched. The lowest one is a guard.
        fiber->stack = static_cast<char *>(
                mmap(nullptr, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        mprotect(fiber->stack, 4096, PROT_NONE);
        all.push_back(fiber);
        idle.push_back(fiber);
    }
    Fiber *fiber = idle.back();
    idle.pop_back();
    return fiber;
}

__attribute__((noinline)) void enter(Fiber *fiber) {
    // ucontext only makes the first step onto a new stack: it asks the system for the signal mask each time.
    ucontext_t context;
    getcontext(&context);
    context.uc_stack.ss_sp = fiber->stack;
    context.uc_stack.ss_size = STACK;
    context.uc_link = nullptr;
    makecontext(&context, live, 0);
    setcontext(&context);
}

/** Lets a thread run until it waits or ends. */
__attribute__((noinline)) void resume(int index) {
    current = index;
    threadIdx.x = index % blockDim.x;
    threadIdx.y = index / blockDim.x % blockDim.y;
    threadIdx.z = index / blockDim.x / blockDim.y;
    Thread &thread = threads[index];
    if (thread.fiber == nullptr) {
        thread.fiber = takeFiber();
    }
    Fiber *fiber = thread.fiber;
    if (!_setjmp(scheduler)) {
        if (fiber->started) {
            _longjmp(fiber->place, 1);
        }
        fiber->started = true;
        enter(fiber);
    }
    Thread &after = threads[current];
    if (after.state == ENDED) {
        idle.push_back(after.fiber);
        after.fiber = nullptr;
    }
}

__attribute__((noinline)) void wait(State state) {
    Thread &thread = threads[current];
    thread.state = state;
    Fiber *fiber = thread.fiber;
    if (!_setjmp(fiber->place)) {
        _longjmp(scheduler, 1);
    }
}

void position(char *text, size_t length, int index) {
    snprintf(text, length, "thread (%u, %u, %u)", index % blockDim.x, index / blockDim.x % blockDim.y,
            index / blockDim.x / blockDim.y);
}

void describe(char *text, size_t length, int index) {
    const Thread &thread = threads[index];
    char place[64];
    position(place, sizeof place, index);
    if (thread.state == ENDED) {
        snprintf(text, length, "%s has ended", place);
    } else {
        snprintf(text, length, "%s waits at %s (%s:%d, mask %08x)", place,
                thread.state == AT_BARRIER ? "__syncthreads" : thread.what, thread.file, thread.line, thread.mask);
    }
}

/** Lets the lanes of a warp go on that all wait for each other; returns whether there were any. */
bool releaseWarp(int first) {
    bool released = false;
    for (int i = first; i < first + warpSize && i < count; i++) {
        Thread &thread = threads[i];
        if (thread.state != AT_EXCHANGE) {
            continue;
        }
        bool complete = true;
        for (int lane = 0; lane < warpSize && complete; lane++) {
            if (thread.mask >> lane & 1) {
                int other = first + lane;
                // Lanes that the last warp of a block lacks count as present.
                complete = other >= count || (threads[other].state == AT_EXCHANGE
                        && threads[other].mask == thread.mask && strcmp(threads[other].what, thread.what) == 0);
            }
        }
        if (complete) {
            unsigned mask = thread.mask;
            for (int lane = 0; lane < warpSize; lane++) {
                if ((mask >> lane & 1) && first + lane < count) {
                    exchanged[first + lane] = threads[first + lane].given;
                    threads[first + lane].state = READY;
                }
            }
            released = true;
        }
    }
    return released;
}

/** Whether two threads wait at the same place. */
bool together(const Thread &a, const Thread &b) {
    return a.state == b.state && a.line == b.line && strcmp(a.file, b.file) == 0 && a.mask == b.mask;
}

/** Lets all threads go on that wait at the barrier; says what is wrong if not all of them do. */
void releaseBlock() {
    // Somebody who waits, in vain if it is for lanes of a warp; and somebody who is elsewhere, has ended above all.
    int waiting = -1;
    for (int i = 0; i < count; i++) {
        if (threads[i].state == AT_EXCHANGE || (waiting < 0 && threads[i].state == AT_BARRIER)) {
            waiting = i;
        }
    }
    int elsewhere = -1;
    for (int i = 0; i < count; i++) {
        if (threads[i].state == ENDED || (elsewhere < 0 && !together(threads[waiting], threads[i]))) {
            elsewhere = i;
        }
    }
    if (elsewhere >= 0) {
        char one[256];
        char other[256];
        describe(one, sizeof one, waiting);
        describe(other, sizeof other, elsewhere);
        fail("threads that wait for each other diverge: %s, while %s", one, other);
    }
    if (threads[waiting].state == AT_EXCHANGE) {
        char one[256];
        describe(one, sizeof one, waiting);
        fail("%s, for lanes that are not there", one);
    }
    for (int i = 0; i < count; i++) {
        threads[i].state = READY;
    }
}

void runBlock() {
    for (int i = 0; i < count; i++) {
        threads[i].state = READY;
        threads[i].fiber = nullptr;
    }
    // What a block finds in shared memory is no zeros.
    memset(shared, 0xff, sharedEnd - shared);
    votes = 0;
    for (;;) {
        int ended = 0;
        for (int first = 0; first < count; first += warpSize) {
            do {
                for (int i = first; i < first + warpSize && i < count; i++) {
                    if (threads[i].state == READY) {
                        resume(i);
                    }
                }
            } while (releaseWarp(first));
        }
        for (int i = 0; i < count; i++) {
            ended += threads[i].state == ENDED;
        }
        if (ended == count) {
            return;
        }
        releaseBlock();
    }
}

/** After a failure: what the stacks hold is of no use. */
void dropFibers() {
    idle = all;
    for (Fiber *fiber : all) {
        fiber->started = false;
    }
}

struct sigaction before[NSIG];

/** A fault of an emulated thread ends its launch; any other is the business of whoever was there before (the JVM). */
void onFault(int signal, siginfo_t *info, void *context) {
    if (launching && pthread_equal(pthread_self(), launchingThread)) {
        if (signal == SIGFPE) {
            fail("an integer is divided by 0");
        }
        if (signal == SIGILL) {
            fail("an operation that the language leaves undefined; the compiler has put a trap in its place");
        }
        fail("address %p is outside of all memory, or not aligned (then it shows as 0)", info->si_addr);
    }
    const struct sigaction &other = before[signal];
    if (other.sa_flags & SA_SIGINFO) {
        other.sa_sigaction(signal, info, context);
    } else if (other.sa_handler == SIG_DFL || other.sa_handler == SIG_IGN) {
        sigaction(signal, &other, nullptr);
    } else {
        other.sa_handler(signal);
    }
}

__attribute__((constructor)) void begin() {
    struct sigaction action = {};
    action.sa_sigaction = onFault;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK | SA_RESTART;
    for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
        sigaction(signal, &action, &before[signal]);
    }
    // Shared memory ends at a page that nobody may touch.
    size_t room = (MOST_SHARED + 4095) / 4096 * 4096;
    sharedEnd = static_cast<unsigned char *>(
            mmap(nullptr, room + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) + room;
    mprotect(sharedEnd, 4096, PROT_NONE);
    shared = sharedEnd;
}
} // namespace

int lane() {
    return current % warpSize;
}

unsigned barrier(const char *file, int line, int predicate) {
    static unsigned result;
    Thread &thread = threads[current];
    thread.file = file;
    thread.line = line;
    thread.mask = 0xffffffffu;
    votes += predicate != 0;
    wait(AT_BARRIER);
    // The first thread to go on takes the votes; a later barrier cannot begin before all have seen them.
    if (current == 0) {
        result = votes;
        votes = 0;
    }
    return result;
}

const uint64_t *exchange(const char *what, unsigned mask, uint64_t value, const char *file, int line) {
    Thread &thread = threads[current];
    thread.file = file;
    thread.line = line;
    thread.what = what;
    thread.mask = mask;
    thread.given = value;
    if (!(mask >> lane() & 1)) {
        fail("%s at %s:%d: the mask %08x leaves out the thread's own lane", what, file, line, mask);
    }
    wait(AT_EXCHANGE);
    return exchanged + current / warpSize * warpSize;
}

void fail(const char *format, ...) {
    char text[768];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    char place[64];
    position(place, sizeof place, current);
    snprintf(message, sizeof message, "kernel %s, block (%u, %u, %u), %s: %s", kernelName, blockIdx.x, blockIdx.y,
            blockIdx.z, place, text);
    _longjmp(launcher, 1);
}

const char *launch(const char *kernel, void (*body)(const void *), const void *arguments, long long bytes,
        long long expectedBytes, const int *grid) {
    kernelName = kernel;
    kernelBody = body;
    kernelArguments = arguments;
    gridDim = {(unsigned) grid[0], (unsigned) grid[1], (unsigned) grid[2]};
    blockDim = {(unsigned) grid[3], (unsigned) grid[4], 1};
    count = grid[3] * grid[4];
    if (bytes != expectedBytes) {
        snprintf(message, sizeof message, "kernel %s: %lld bytes of arguments given, it takes %lld", kernel, bytes,
                expectedBytes);
        return message;
    }
    if (grid[0] < 1 || grid[1] < 1 || grid[2] < 1 || grid[1] > 65535 || grid[2] > 65535 || count < 1
            || count > MOST_THREADS || grid[5] < 0 || grid[5] > MOST_SHARED) {
        snprintf(message, sizeof message,
                "kernel %s: a grid of (%d, %d, %d) blocks of (%d, %d) threads and %d bytes of shared memory cannot run",
                kernel, grid[0], grid[1], grid[2], grid[3], grid[4], grid[5]);
        return message;
    }
    shared = sharedEnd - (grid[5] + 15) / 16 * 16;
    launchingThread = pthread_self();
    launching = 1;
    if (_setjmp(launcher)) {
        launching = 0;
        dropFibers();
        return message;
    }
    for (unsigned z = 0; z < gridDim.z; z++) {
        for (unsigned y = 0; y < gridDim.y; y++) {
            for (unsigned x = 0; x < gridDim.x; x++) {
                blockIdx = {x, y, z};
                runBlock();
            }
        }
    }
    launching = 0;
    return nullptr;
}
} // namespace emulation
