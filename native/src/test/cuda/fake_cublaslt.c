/*
 * libcublasLt.so.13 for tests: products of the host's memory by the definition, columns first, with every attribute's
 * number and size checked. It is compiled as libcublas.so.13 as well, which must be there and is not called.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { OK = 0, INVALID = 7, UNSUPPORTED = 15 };
enum { F32 = 0, F64 = 1, F16 = 2, BF16 = 14 };

typedef struct { int compute, scale, transA, transB, epilogue; void *bias, *aux; int64_t auxLd, auxStride; } Product;
typedef struct { int type; uint64_t rows, columns; int64_t ld; int batch; int64_t stride; } Layout;
typedef struct { uint64_t workspace; uint32_t reductions, alignA, alignB, alignC, alignD; } Wishes;
typedef struct { uint64_t data[8]; } Algorithm;
typedef struct { Algorithm algorithm; size_t workspace; int state; float waves; int reserved[4]; } Offer;

static int chosen = -1;

size_t cublasLtGetVersion(void) { return 130001; }
const char *cublasLtGetStatusName(int status) { return status == INVALID ? "CUBLAS_STATUS_INVALID_VALUE" : "CUBLAS_STATUS"; }
int cublasLtCreate(void **handle) { *handle = &chosen; return OK; }

int cublasLtMatmulDescCreate(Product **product, int compute, int scale) {
    *product = calloc(1, sizeof(Product));
    (*product)->compute = compute;
    (*product)->scale = scale;
    (*product)->epilogue = 1;
    return OK;
}
int cublasLtMatmulDescSetAttribute(Product *product, int attribute, const void *value, size_t bytes) {
    void *to;
    size_t size = 8;
    switch (attribute) {
    case 3: to = &product->transA; size = 4; break;
    case 4: to = &product->transB; size = 4; break;
    case 7: to = &product->epilogue; size = 4; break;
    case 8: to = &product->bias; break;
    case 11: to = &product->aux; break;
    case 12: to = &product->auxLd; break;
    case 13: to = &product->auxStride; break;
    default: return INVALID;
    }
    if (bytes != size) return INVALID;
    memcpy(to, value, bytes);
    return OK;
}
int cublasLtMatrixLayoutCreate(Layout **layout, int type, uint64_t rows, uint64_t columns, int64_t ld) {
    *layout = calloc(1, sizeof(Layout));
    **layout = (Layout) {type, rows, columns, ld, 1, 0};
    return ld >= (int64_t) rows ? OK : INVALID;
}
int cublasLtMatrixLayoutSetAttribute(Layout *layout, int attribute, const void *value, size_t bytes) {
    if (attribute == 5 && bytes == 4) layout->batch = *(const int *) value;
    else if (attribute == 6 && bytes == 8) layout->stride = *(const int64_t *) value;
    else return INVALID;
    return OK;
}
int cublasLtMatmulPreferenceCreate(Wishes **wishes) { *wishes = calloc(1, sizeof(Wishes)); return OK; }
int cublasLtMatmulPreferenceDestroy(Wishes *wishes) { free(wishes); return OK; }
int cublasLtMatmulPreferenceSetAttribute(Wishes *wishes, int attribute, const void *value, size_t bytes) {
    if (attribute == 1) { wishes->workspace = *(const uint64_t *) value; return bytes == 8 ? OK : INVALID; }
    if (bytes != 4) return INVALID;
    uint32_t number = *(const uint32_t *) value;
    switch (attribute) {
    case 3: wishes->reductions = number; return OK;
    case 5: wishes->alignA = number; return OK;
    case 6: wishes->alignB = number; return OK;
    case 7: wishes->alignC = number; return OK;
    case 8: wishes->alignD = number; return OK;
    default: return INVALID;
    }
}
int cublasLtMatmulAlgoGetHeuristic(void *handle, Product *product, Layout *a, Layout *b, Layout *c, Layout *d,
        Wishes *wishes, int wanted, Offer *offers, int *count) {
    if (handle != &chosen || wishes->reductions != 2 || !wishes->alignA || !wishes->alignB || !wishes->alignC) return INVALID;
    if (a->type == F16) { *count = 0; return UNSUPPORTED; } /* as of a shape that no algorithm takes */
    *count = wanted < 3 ? wanted : 3;
    for (int i = 0; i < *count; i++) {
        memset(offers + i, 0, sizeof(Offer));
        offers[i].algorithm.data[0] = 40 + i;
    }
    return OK;
}

static double get(const void *from, int type, int64_t i) {
    if (type == F32) return ((const float *) from)[i];
    if (type == F64) return ((const double *) from)[i];
    uint32_t bits = (uint32_t) ((const uint16_t *) from)[i] << 16;
    float value;
    memcpy(&value, &bits, 4);
    return value;
}
static void put(void *to, int type, int64_t i, double value) {
    if (type == F32) ((float *) to)[i] = (float) value;
    else if (type == F64) ((double *) to)[i] = value;
    else {
        float single = (float) value;
        uint32_t bits;
        memcpy(&bits, &single, 4);
        ((uint16_t *) to)[i] = (uint16_t) ((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    }
}
static double gelu(double x) { return 0.5 * x * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }
static double gelu_slope(double x) { return (gelu(x + 1e-6) - gelu(x - 1e-6)) / 2e-6; }

/* Which algorithm the last product was asked of. */
int fake_last_algorithm(void) { return chosen; }

int cublasLtMatmul(void *handle, Product *p, const void *alpha, const char *a, Layout *la, const char *b, Layout *lb,
        const void *beta, const char *c, Layout *lc, char *d, Layout *ld, const Algorithm *algorithm, void *workspace,
        size_t bytes, void *stream) {
    if (handle != &chosen || !algorithm || algorithm->data[0] < 40 || !workspace || bytes < 1 << 20 || stream != (void *) 0x2000)
        return INVALID;
    chosen = (int) algorithm->data[0];
    int type = la->type, size = type == F64 ? 8 : type == F32 ? 4 : 2;
    if (p->compute != (type == F64 ? 70 : 68) && !(type == F32 && p->compute == 77)) return INVALID;
    if (p->scale != (type == F64 ? F64 : F32)) return INVALID;
    double al = get(alpha, p->scale, 0), be = get(beta, p->scale, 0);
    uint64_t m = ld->rows, n = ld->columns, k = p->transA ? la->rows : la->columns;
    if ((p->transA ? la->columns : la->rows) != m || (p->transB ? lb->rows : lb->columns) != n
            || (p->transB ? lb->columns : lb->rows) != k) return INVALID;
    for (int g = 0; g < ld->batch; g++) {
        const char *x = a + g * la->stride * size, *y = b + g * lb->stride * size, *before = c + g * lc->stride * size;
        char *out = d + g * ld->stride * size, *aux = (char *) p->aux + g * p->auxStride * size;
        for (uint64_t j = 0; j < n; j++)
            for (uint64_t i = 0; i < m; i++) {
                double sum = 0;
                for (uint64_t l = 0; l < k; l++)
                    sum += get(x, type, p->transA ? l + i * la->ld : i + l * la->ld)
                            * get(y, type, p->transB ? j + l * lb->ld : l + j * lb->ld);
                sum = al * sum + (be == 0 ? 0 : be * get(before, type, i + j * lc->ld));
                if (p->epilogue & 4) sum += get(p->bias, type, i);
                if (p->epilogue == 164) { put(aux, type, i + j * p->auxLd, sum); sum = gelu(sum); }
                if (p->epilogue == 192 || p->epilogue == 208) sum *= gelu_slope(get(aux, type, i + j * p->auxLd));
                put(out, type, i + j * ld->ld, sum);
            }
        if (p->epilogue == 208)
            for (uint64_t i = 0; i < m; i++) {
                double sum = 0;
                for (uint64_t j = 0; j < n; j++) sum += get(out, type, i + j * ld->ld);
                put(p->bias, type, i, sum);
            }
        if (p->epilogue == 512)
            for (uint64_t j = 0; j < n; j++) {
                double sum = 0;
                for (uint64_t l = 0; l < k; l++) sum += get(y, type, p->transB ? j + l * lb->ld : l + j * lb->ld);
                put(p->bias, type, j, sum);
            }
    }
    return OK;
}
