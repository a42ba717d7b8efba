package org.jacobi.tests;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Tensor;

/**
 * One op on one kind of operands: what the tests of {@link OpSamples} need to know of it.
 *
 * <p>A sample is made for a size n, the length of the axis that kernels run along. Up to three functions compute the same:
 * ours on variables, ours on tensors, and libtorch's.
 */
final class OpSample {
    /** The op on variables: what has a gradient. */
    @FunctionalInterface
    interface OnVariables {
        Variable apply(Variable... in);
    }

    /** The op on tensors; it may change its operands. */
    @FunctionalInterface
    interface OnTensors {
        Tensor apply(Tensor... in);
    }

    /** The op in libtorch. */
    @FunctionalInterface
    interface OnTorch {
        org.bytedeco.pytorch.Tensor apply(org.bytedeco.pytorch.Tensor... in);
    }

    final String op;
    final String variant;
    private final IntFunction<List<Operand>> operands;
    OnVariables variables;
    OnTensors tensors;
    OnTorch torch;
    boolean gradCheck = true;
    boolean secondGradCheck = true;
    boolean inPlace;
    boolean elementwise;
    boolean exact;
    double tolerance = 1e-5;
    int largest = Integer.MAX_VALUE;

    OpSample(String op, String variant, IntFunction<List<Operand>> operands) {
        this.op = op;
        this.variant = variant;
        this.operands = operands;
    }

    // ---- the three functions ---------------------------------------------------------------------------------------

    OpSample variables(OnVariables function) {
        variables = function;
        return this;
    }

    OpSample tensors(OnTensors function) {
        tensors = function;
        return this;
    }

    OpSample torch(OnTorch function) {
        torch = function;
        return this;
    }

    // ---- what is special about it ----------------------------------------------------------------------------------

    /** The function has kinks where the operands lie, so that central differences tell nothing. */
    OpSample kinked() {
        gradCheck = false;
        return this;
    }

    /** The first operand is changed, and the result is that operand. */
    OpSample inPlace() {
        inPlace = true;
        return this;
    }

    /** Every element is computed by itself, so that infinities, NaN and the like can be among the operands. */
    OpSample elementwise() {
        elementwise = true;
        return this;
    }

    /** Backends and libtorch must agree in every bit. */
    OpSample exact() {
        exact = true;
        return this;
    }

    /** Allows errors of f32 of this size, absolute and relative. */
    OpSample tolerance(double allowed) {
        tolerance = allowed;
        return this;
    }

    /** Keeps n below what would take the plain loops of the reference too long. */
    OpSample upTo(int n) {
        largest = n;
        return this;
    }

    // ---- operands --------------------------------------------------------------------------------------------------

    List<Operand> operands(int n) {
        return operands.apply(n);
    }

    /** Returns whether the shapes of the operands depend on n at all. */
    boolean isSized() {
        List<Operand> some = operands(2);
        List<Operand> more = operands(3);
        for (int i = 0; i < some.size(); i++) {
            if (!Arrays.equals(some.get(i).shape(), more.get(i).shape())) {
                return true;
            }
        }
        return false;
    }

    /** Returns new operands; equal arguments give equal numbers. */
    Tensor[] make(int n, DType real, Layout layout, boolean special) {
        return make(Device.CPU, n, real, layout, special);
    }

    /** Returns new operands on a device; the numbers are the same on every one. */
    Tensor[] make(Device device, int n, DType real, Layout layout, boolean special) {
        SplittableRandom random = random(n);
        List<Operand> wanted = operands(n);
        Tensor[] tensors = new Tensor[wanted.size()];
        for (int i = 0; i < tensors.length; i++) {
            Layout how = inPlace && i == 0 && layout == Layout.BROADCAST ? Layout.CONTIGUOUS : layout;
            tensors[i] = wanted.get(i).make(device, real, how, random, special);
        }
        return tensors;
    }

    /** Returns the numbers that {@link #make} puts into the operands of the plain layouts. */
    double[][] numbers(int n) {
        SplittableRandom random = random(n);
        return operands(n).stream().map(operand -> operand.numbers(random, false)).toArray(double[][]::new);
    }

    /** Returns operands as variables: leaves where a gradient is asked for. */
    Variable[] variables(int n, Tensor... values) {
        List<Operand> wanted = operands(n);
        Variable[] variables = new Variable[values.length];
        for (int i = 0; i < values.length; i++) {
            variables[i] = wanted.get(i).differentiable() ? Variable.leaf(values[i]) : Variable.constant(values[i]);
        }
        return variables;
    }

    private SplittableRandom random(int n) {
        return new SplittableRandom(31L * toString().hashCode() + n);
    }

    @Override
    public String toString() {
        return variant.isEmpty() ? op : op + " (" + variant + ")";
    }
}
