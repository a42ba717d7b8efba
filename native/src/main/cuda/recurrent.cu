// What happens between the products of a recurrent network's step, in one launch: the formulas of
// org.jacobi.tensor.backend.RecurrentCell, and their derivatives.
#include "rows.cuh"

enum RecurrentCell { TANH, RELU, LSTM, GRU };

/** States before a step: of sequences that go on, those after the step before; of those that begin, the first ones. */
template <class T> struct Before {
    const T *after;
    const T *initial;
    long long going;

    __device__ __forceinline__ Computed<T> at(long long row, long long units, long long unit) const {
        return wide<Computed<T>>((row < going ? after : initial)[row * units + unit]);
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

template <class C> __device__ __forceinline__ C sigmoid(C x) {
    return 1 / (1 + exp(-x));
}

template <class T> __device__ __forceinline__ void forward(const RecurrentArguments<T> &args) {
    using C = Computed<T>;
    for (long long i = globalThread(); i < args.rows * args.units; i += gridThreads()) {
        long long row = i / args.units;
        long long unit = i % args.units;
        int count = args.cell == LSTM ? 4 : args.cell == GRU ? 3 : 1;
        T *gates = args.gates + row * count * args.units + unit;
        C x[4];
        C z[4];
        for (int k = 0; k < 4; k++) {
            if (k < count) {
                long long at = row * count * args.units + k * args.units + unit;
                x[k] = wide<C>(args.x[at]);
                z[k] = wide<C>(args.z[at]) + (args.bias == nullptr ? 0 : wide<C>(args.bias[k * args.units + unit]));
            }
        }
        switch (args.cell) {
        case TANH:
            args.out[i] = Narrow<T>::of(tanh(x[0] + z[0]));
            break;
        case RELU:
            args.out[i] = Narrow<T>::of(maximum(x[0] + z[0], (C) 0));
            break;
        case LSTM: {
            C input = sigmoid(x[0] + z[0]);
            C forget = sigmoid(x[1] + z[1]);
            C candidate = tanh(x[2] + z[2]);
            C output = sigmoid(x[3] + z[3]);
            C c = forget * args.c.at(row, args.units, unit) + input * candidate;
            gates[0] = Narrow<T>::of(input);
            gates[args.units] = Narrow<T>::of(forget);
            gates[2 * args.units] = Narrow<T>::of(candidate);
            gates[3 * args.units] = Narrow<T>::of(output);
            args.inner[i] = Narrow<T>::of(c);
            args.out[i] = Narrow<T>::of(output * tanh(c));
            break;
        }
        default: {
            C reset = sigmoid(x[0] + z[0]);
            C update = sigmoid(x[1] + z[1]);
            C candidate = tanh(x[2] + reset * z[2]);
            gates[0] = Narrow<T>::of(reset);
            gates[args.units] = Narrow<T>::of(update);
            gates[2 * args.units] = Narrow<T>::of(candidate);
            args.inner[i] = Narrow<T>::of(z[2]);
            args.out[i] = Narrow<T>::of(candidate + update * (args.h.at(row, args.units, unit) - candidate));
        }
        }
    }
}

/** dh and dc hold what later steps gave; they become what earlier ones get, but for what comes through the gates. */
template <class T> __device__ __forceinline__ void backward(const RecurrentArguments<T> &args) {
    using C = Computed<T>;
    for (long long i = globalThread(); i < args.rows * args.units; i += gridThreads()) {
        long long row = i / args.units;
        long long unit = i % args.units;
        C dh = wide<C>(args.dh[i]) + wide<C>(args.dout[i]);
        switch (args.cell) {
        case TANH: {
            C out = wide<C>(args.out[i]);
            args.dx[i] = Narrow<T>::of(dh * (1 - out * out));
            break;
        }
        case RELU:
            args.dx[i] = Narrow<T>::of(wide<C>(args.out[i]) > 0 ? dh : 0);
            break;
        case LSTM: {
            long long at = row * 4 * args.units + unit;
            C input = wide<C>(args.gates[at]);
            C forget = wide<C>(args.gates[at + args.units]);
            C candidate = wide<C>(args.gates[at + 2 * args.units]);
            C output = wide<C>(args.gates[at + 3 * args.units]);
            C squashed = tanh(wide<C>(args.inner[i]));
            C dc = wide<C>(args.dc[i]) + (args.dinner == nullptr ? 0 : wide<C>(args.dinner[i])) + dh * output * (1 - squashed * squashed);
            args.dx[at] = Narrow<T>::of(dc * candidate * input * (1 - input));
            args.dx[at + args.units] = Narrow<T>::of(dc * args.c.at(row, args.units, unit) * forget * (1 - forget));
            args.dx[at + 2 * args.units] = Narrow<T>::of(dc * input * (1 - candidate * candidate));
            args.dx[at + 3 * args.units] = Narrow<T>::of(dh * squashed * output * (1 - output));
            args.dc[i] = Narrow<T>::of(dc * forget);
            break;
        }
        default: {
            long long at = row * 3 * args.units + unit;
            C reset = wide<C>(args.gates[at]);
            C update = wide<C>(args.gates[at + args.units]);
            C candidate = wide<C>(args.gates[at + 2 * args.units]);
            C kept = dh * update;
            C dn = (dh - kept) * (1 - candidate * candidate);
            C dr = dn * wide<C>(args.inner[i]) * reset * (1 - reset);
            C du = (args.h.at(row, args.units, unit) - candidate) * dh * update * (1 - update);
            args.dx[at] = Narrow<T>::of(dr);
            args.dx[at + args.units] = Narrow<T>::of(du);
            args.dx[at + 2 * args.units] = Narrow<T>::of(dn);
            args.dz[at] = Narrow<T>::of(dr);
            args.dz[at + args.units] = Narrow<T>::of(du);
            args.dz[at + 2 * args.units] = Narrow<T>::of(dn * reset);
            args.dh[i] = Narrow<T>::of(kept);
        }
        }
    }
}
FLOATS_KERNEL(recurrent_forward, RecurrentArguments, forward)
FLOATS_KERNEL(recurrent_backward, RecurrentArguments, backward)
