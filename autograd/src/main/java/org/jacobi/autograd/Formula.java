package org.jacobi.autograd;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What an op's backward computes, in one line: the gradient d of each input from the gradient dout of the output.
 *
 * <p>It stands on the op's class and is what {@link GradFn#formula()} returns.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Formula {
    /** The formula, such as {@code dx = dout y}. */
    String value();
}
