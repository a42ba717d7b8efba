/*
 * A driver for tests: libcuda.so.1 with one device whose memory is the host's. Work is done when it is queued, or
 * recorded while a stream is captured. Arguments are checked as NVIDIA's driver would; a call that is wrong fails.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int Result;
enum { OK = 0, INVALID = 1, NO_MEMORY = 2, NO_CONTEXT = 201, NOT_FOUND = 500, ILLEGAL_ADDRESS = 700, CAPTURE_INVALID = 901 };

#define CONTEXT ((void *) 0x1000)
#define STREAM ((void *) 0x2000)
#define LIMIT (1LL << 30)

static __thread void *current;
static long long taken;
static int pending; /* what queued work went wrong with */
static int capturing;

/* Blocks, with their sizes in front of them. */
typedef struct { long long bytes, magic; char pad[240]; } Head;
#define MAGIC 0x6a61636f6269LL

typedef struct Step {
    int kind; /* 0 copy, 1 kernel */
    char *to;
    char *from;
    size_t bytes;
    char name[64];
    char arguments[256];
    unsigned threads;
} Step;
typedef struct { Step steps[256]; int count; } Graph;
static Graph *recording;

static Result ready(void) {
    return current != CONTEXT ? NO_CONTEXT : pending ? pending : OK;
}
#define READY do { Result r_ = ready(); if (r_) return r_; } while (0)

Result cuInit(unsigned flags) { return flags ? INVALID : OK; }
/* What NVIDIA's own libraries ask for, the compiler among them. */
Result cuGetExportTable(const void **table, const void *id) { *table = 0; return id ? NOT_FOUND : INVALID; }
Result cuDriverGetVersion(int *version) { *version = 13000; return OK; }
Result cuGetErrorName(Result result, const char **name) {
    *name = result == ILLEGAL_ADDRESS ? "CUDA_ERROR_ILLEGAL_ADDRESS" : result == INVALID ? "CUDA_ERROR_INVALID_VALUE" : "CUDA_ERROR";
    return OK;
}
Result cuGetErrorString(Result result, const char **text) {
    *text = result == ILLEGAL_ADDRESS ? "an illegal memory access was encountered" : "invalid argument";
    return OK;
}
Result cuDeviceGetCount(int *count) { *count = getenv("FAKE_NO_DEVICE") ? 0 : 1; return OK; }
Result cuDeviceGet(int *device, int ordinal) { *device = 7; return ordinal ? 101 : OK; }
Result cuDeviceGetName(char *name, int length, int device) {
    snprintf(name, length, "Fake GPU");
    return device == 7 ? OK : INVALID;
}
Result cuDeviceGetAttribute(int *value, int attribute, int device) {
    if (device != 7) return INVALID;
    switch (attribute) {
    case 16: *value = 4; return OK;
    case 75: *value = 9; return OK;
    case 76: *value = 0; return OK;
    default: return INVALID;
    }
}
Result cuDevicePrimaryCtxRetain(void **context, int device) { *context = CONTEXT; return device == 7 ? OK : INVALID; }
Result cuCtxSetCurrent(void *context) { current = context; return context == CONTEXT ? OK : INVALID; }
Result cuMemGetInfo_v2(size_t *available, size_t *all) { READY; *available = LIMIT - taken; *all = LIMIT; return OK; }

Result cuMemAlloc_v2(uint64_t *address, size_t bytes) {
    READY;
    if (bytes == 0) return INVALID;
    if (taken + (long long) bytes > LIMIT) return NO_MEMORY;
    Head *head = aligned_alloc(256, sizeof(Head) + ((bytes + 255) & ~255UL));
    head->bytes = bytes;
    head->magic = MAGIC;
    taken += bytes;
    *address = (uint64_t) (head + 1);
    return OK;
}
Result cuMemFree_v2(uint64_t address) {
    READY;
    Head *head = (Head *) address - 1;
    if (head->magic != MAGIC) return INVALID;
    head->magic = 0;
    taken -= head->bytes;
    free(head);
    return OK;
}
static char *pinned[64];
static size_t pinnedBytes[64];
static int pins;
Result cuMemHostAlloc(void **memory, size_t bytes, unsigned flags) {
    READY;
    if (flags || pins == 64) return INVALID;
    pinned[pins] = malloc(bytes);
    pinnedBytes[pins] = bytes;
    *memory = pinned[pins++];
    return OK;
}
static int isPinned(const char *at, size_t bytes) {
    for (int i = 0; i < pins; i++)
        if (at >= pinned[i] && at + bytes <= pinned[i] + pinnedBytes[i]) return 1;
    return 0;
}

static void run(const Step *step);
static Result queue(const Step *step) {
    READY;
    if (!capturing) { run(step); return OK; }
    if (recording->count == 256) return INVALID;
    recording->steps[recording->count++] = *step;
    return OK;
}
static Result copy(char *to, const char *from, size_t bytes, void *stream) {
    Step step = {0};
    step.to = to;
    step.from = (char *) from;
    step.bytes = bytes;
    return stream == STREAM && bytes > 0 ? queue(&step) : INVALID;
}
Result cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes, void *stream) {
    return isPinned(from, bytes) ? copy((char *) to, from, bytes, stream) : INVALID;
}
Result cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, void *stream) {
    return isPinned(to, bytes) ? copy(to, (char *) from, bytes, stream) : INVALID;
}
Result cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, void *stream) {
    return copy((char *) to, (char *) from, bytes, stream);
}

Result cuStreamCreate(void **stream, unsigned flags) { READY; *stream = STREAM; return flags == 1 ? OK : INVALID; }
Result cuStreamSynchronize(void *stream) { READY; return stream == STREAM && !capturing ? OK : CAPTURE_INVALID; }
Result cuEventCreate(void **event, unsigned flags) { READY; *event = calloc(1, 8); return flags ? INVALID : OK; }
Result cuEventRecord(int64_t *event, void *stream) { READY; ++*event; return stream == STREAM && !capturing ? OK : INVALID; }
Result cuEventSynchronize(int64_t *event) { READY; return event ? OK : INVALID; }
Result cuEventElapsedTime_v2(float *time, int64_t *begin, int64_t *end) {
    READY;
    static float times[] = {5, 3, 4}; /* of several candidates the second is the fastest */
    static int next;
    *time = times[next++ % 3];
    return *begin && *end ? OK : INVALID;
}

Result cuModuleLoadData(void **module, const void *image) {
    READY;
    *module = (void *) image;
    return memcmp(image, "\177ELF", 4) && memcmp(image, "fake", 4) ? INVALID : OK;
}
static const char *kernels[] = {"axpy_f32", "fault", "big_shared"};
Result cuModuleGetFunction(void **function, void *module, const char *name) {
    READY;
    for (int i = 0; i < 3; i++)
        if (!strcmp(kernels[i], name)) { *function = (void *) kernels[i]; return module ? OK : INVALID; }
    return NOT_FOUND;
}
static int shared = 48 << 10;
Result cuFuncSetAttribute(void *function, int attribute, int value) {
    READY;
    if (!function || attribute != 8 || value > 227 << 10) return INVALID;
    shared = value;
    return OK;
}
typedef struct { float *y; const float *x; long long n; double a; } Axpy;
static void run(const Step *step) {
    if (step->kind == 0) { memcpy(step->to, step->from, step->bytes); return; }
    if (!strcmp(step->name, "axpy_f32")) {
        const Axpy *args = (const Axpy *) step->arguments;
        for (long long i = 0; i < args->n && i < step->threads; i++) args->y[i] += (float) args->a * args->x[i];
    } else if (!strcmp(step->name, "fault")) {
        pending = ILLEGAL_ADDRESS;
    }
}
Result cuLaunchKernel(const char *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
        unsigned sharedBytes, void *stream, void **parameters, void **extra) {
    READY;
    if (!gx || !gy || !gz || bx * by * bz == 0 || bx * by * bz > 1024 || stream != STREAM || extra || !parameters
            || (int) sharedBytes > shared) return INVALID;
    Step step = {0};
    step.kind = 1;
    step.threads = gx * gy * gz * bx * by * bz;
    snprintf(step.name, sizeof step.name, "%s", function);
    memcpy(step.arguments, parameters[0], sizeof(Axpy));
    return queue(&step);
}

Result cuStreamBeginCapture_v2(void *stream, int mode) {
    READY;
    if (stream != STREAM || mode != 2 || capturing) return INVALID;
    capturing = 1;
    recording = calloc(1, sizeof(Graph));
    return OK;
}
Result cuStreamEndCapture(void *stream, Graph **graph) {
    READY;
    *graph = recording;
    if (stream != STREAM || !capturing) return INVALID;
    capturing = 0;
    return OK;
}
Result cuGraphInstantiateWithFlags(Graph **executable, Graph *graph, unsigned long long flags) {
    READY;
    *executable = malloc(sizeof(Graph));
    **executable = *graph;
    return flags ? INVALID : OK;
}
Result cuGraphLaunch(Graph *graph, void *stream) {
    READY;
    for (int i = 0; i < graph->count; i++) run(graph->steps + i);
    return stream == STREAM ? OK : INVALID;
}
Result cuGraphExecDestroy(Graph *graph) { READY; free(graph); return OK; }
Result cuGraphDestroy(Graph *graph) { free(graph); return OK; }
