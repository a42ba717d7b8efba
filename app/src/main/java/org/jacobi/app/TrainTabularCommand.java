package org.jacobi.app;

import java.util.List;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code jacobi train tabular}: trains a network on the rows of a CSV file. */
@Command(name = "tabular", description = {
    "Trains a network that tells the class of a table's rows, or a number: --data names a CSV file with a header (UTF-8;"
            + " commas, semicolons or tabs), --target the column that is to be predicted.",
    "A column whose fields are all numbers has numbers, any other has texts; an empty field, ? and NA are missing values."
            + " A fifth, of each class, is held out and measured once, at the end; a tenth compares epochs."
})
final class TrainTabularCommand extends TrainTaskCommand {
    @Option(names = "--target", paramLabel = "COLUMN", description = "The column that is to be predicted.")
    private String target;

    @Option(names = "--task", paramLabel = "KIND",
            description = "${COMPLETION-CANDIDATES}: whether the target has classes or is a quantity. Default: a quantity if all"
                    + " its values are numbers, and more than 100 different ones or with fractions.")
    private TabularRecipe.Kind kind;

    @Option(names = "--no-header",
            description = "The file's first line has no names of columns; they are c0, c1 and so on.")
    private boolean noHeader;

    @Option(names = "--drop", arity = "1..*", split = ",", paramLabel = "COLUMN",
            description = "Columns that the network must not see, such as keys.")
    private List<String> dropped = List.of();

    @Option(names = "--widths", split = ",", paramLabel = "N", defaultValue = "256,128",
            description = "Widths of the hidden layers. Default: ${DEFAULT-VALUE}.")
    private List<Integer> widths;

    @Option(names = "--dropout", paramLabel = "P", defaultValue = "0.2",
            description = "Which share of each hidden layer is dropped in training. Default: ${DEFAULT-VALUE}.")
    private double dropout;

    TrainTabularCommand(StopSignal stop) {
        super(stop);
    }

    @Override
    Recipe<?> recipe() {
        if (target == null && !resumes()) {
            throw CommandFailure
                    .usage("--target is missing: the column that is to be predicted; see jacobi train tabular"
                            + " --help");
        }
        return new TabularRecipe(target, kind, !noHeader, dropped, widths, dropout);
    }
}
