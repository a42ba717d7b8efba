// What happens between the products of a recurrent network's step, in one launch: the formulas of
// org.jacobi.tensor.backend.RecurrentCell, and their derivatives.
#include "jacobi.cuh"

enum RecurrentCell { TANH, RELU, LSTM, GRU };

/** States before a step: of sequences that go on, those after the step before; of those that begin, the first ones. */
template <class T> struct Before {
    const T *after;
    const T *initial;
    long long going;

    __device__ __forceinline__ T at(long long row, long long units, long long unit) const {
        return (row < going ? after : initial)[row * units + unit];
    }
};

/** Matrices have a row for each sequence of the step; those of gates have their gates one after the other in a row. */
template <class T> struct RecurrentArguments {
    long long cell;
    long long rows;
    long long units;
    T *out;
    T *inner;
    T *gates;
    /** h W^T, the input's part, and null or the bias of the former. */
    const T *z;
    const T *x;
    const T *bias;
    Before<T> h;
    Before<T> c;
    // Of the backward.
    T *dx;
    T *dz;
    T *dh;
    T *dc;
    const T *dout;
    const T *dinner;
};

template <class T> __device__ __forceinline__ T sigmoid(T x) {
    return 1 / (1 + exp(-x));
}

template <class T> __device__ __forceinline__ void forwardKernel(const RecurrentArguments<T> &args) {
    for (long long i = globalThread(); i < args.rows * args.units; i += gridThreads()) {
        long long row = i / args.units;
        long long unit = i % args.units;
        int count = args.cell == LSTM ? 4 : args.cell == GRU ? 3 : 1;
        T *gates = args.gates + row * count * args.units + unit;
        T x[4];
        T z[4];
        for (int k = 0; k < 4; k++) {
            if (k < count) {
                long long at = row * count * args.units + k * args.units + unit;
                x[k] = args.x[at];
                z[k] = args.z[at] + (args.bias == nullptr ? 0 : args.bias[k * args.units + unit]);
            }
        }
        switch (args.cell) {
        case TANH:
            args.out[i] = tanh(x[0] + z[0]);
            break;
        case RELU:
            args.out[i] = maximum(x[0] + z[0], (T) 0);
            break;
        case LSTM: {
            T input = sigmoid(x[0] + z[0]);
            T forget = sigmoid(x[1] + z[1]);
            T candidate = tanh(x[2] + z[2]);
            T output = sigmoid(x[3] + z[3]);
            T c = forget * args.c.at(row, args.units, unit) + input * candidate;
            gates[0] = input;
            gates[args.units] = forget;
            gates[2 * args.units] = candidate;
            gates[3 * args.units] = output;
            args.inner[i] = c;
            args.out[i] = output * tanh(c);
            break;
        }
        default: {
            T reset = sigmoid(x[0] + z[0]);
            T update = sigmoid(x[1] + z[1]);
            T candidate = tanh(x[2] + reset * z[2]);
            gates[0] = reset;
            gates[args.units] = update;
            gates[2 * args.units] = candidate;
            args.inner[i] = z[2];
            args.out[i] = candidate + update * (args.h.at(row, args.units, unit) - candidate);
        }
        }
    }
}

/** dh and dc hold what later steps gave; they become what earlier ones get, but for what comes through the gates. */
template <class T> __device__ __forceinline__ void backwardKernel(const RecurrentArguments<T> &args) {
    for (long long i = globalThread(); i < args.rows * args.units; i += gridThreads()) {
        long long row = i / args.units;
        long long unit = i % args.units;
        T dh = args.dh[i] + args.dout[i];
        switch (args.cell) {
        case TANH:
            args.dx[i] = dh * (1 - args.out[i] * args.out[i]);
            break;
        case RELU:
            args.dx[i] = args.out[i] > 0 ? dh : 0;
            break;
        case LSTM: {
            long long at = row * 4 * args.units + unit;
            T input = args.gates[at];
            T forget = args.gates[at + args.units];
            T candidate = args.gates[at + 2 * args.units];
            T output = args.gates[at + 3 * args.units];
            T squashed = tanh(args.inner[i]);
            T dc = args.dc[i] + (args.dinner == nullptr ? 0 : args.dinner[i]) + dh * output * (1 - squashed * squashed);
            args.dx[at] = dc * candidate * input * (1 - input);
            args.dx[at + args.units] = dc * args.c.at(row, args.units, unit) * forget * (1 - forget);
            args.dx[at + 2 * args.units] = dc * input * (1 - candidate * candidate);
            args.dx[at + 3 * args.units] = dh * squashed * output * (1 - output);
            args.dc[i] = dc * forget;
            break;
        }
        default: {
            long long at = row * 3 * args.units + unit;
            T reset = args.gates[at];
            T update = args.gates[at + args.units];
            T candidate = args.gates[at + 2 * args.units];
            T kept = dh * update;
            T dn = (dh - kept) * (1 - candidate * candidate);
            T dr = dn * args.inner[i] * reset * (1 - reset);
            T du = (args.h.at(row, args.units, unit) - candidate) * dh * update * (1 - update);
            args.dx[at] = dr;
            args.dx[at + args.units] = du;
            args.dx[at + 2 * args.units] = dn;
            args.dz[at] = dr;
            args.dz[at + args.units] = du;
            args.dz[at + 2 * args.units] = dn * reset;
            args.dh[i] = kept;
        }
        }
    }
}

KERNEL(recurrent_forward_float, RecurrentArguments<float>) {
    forwardKernel(args);
}

KERNEL(recurrent_forward_double, RecurrentArguments<double>) {
    forwardKernel(args);
}

KERNEL(recurrent_backward_float, RecurrentArguments<float>) {
    backwardKernel(args);
}

KERNEL(recurrent_backward_double, RecurrentArguments<double>) {
    backwardKernel(args);
}
