/** Pictures and reports of trainings. */
package org.jacobi.layers.train.report;
