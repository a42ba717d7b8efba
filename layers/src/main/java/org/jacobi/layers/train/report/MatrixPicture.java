package org.jacobi.layers.train.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;

import javax.imageio.ImageIO;

/** The picture of a confusion matrix. A chart library's heat map has no room for two axes of names and a number a cell. */
final class MatrixPicture {
    private static final int MARGIN = 24;
    private static final int SMALLEST_CELL = 6;
    private static final int LARGEST_CELL = 100;
    private static final int TARGET_SIZE = 620;
    private static final int LONGEST_NAME = 180;
    private static final Color DARK = new Color(0x1F, 0x4E, 0x8C);

    private final long[][] counts;
    private final List<String> names;
    private final boolean labelled;
    private final int cell;
    private final Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
    private final Font bold = font.deriveFont(Font.BOLD, 16f);

    MatrixPicture(long[][] counts, List<String> names, boolean labelled) {
        this.counts = counts;
        this.names = names;
        this.labelled = labelled;
        this.cell = Math.clamp(TARGET_SIZE / counts.length, labelled ? 30 : SMALLEST_CELL, LARGEST_CELL);
    }

    byte[] png() {
        FontMetrics metrics = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics().getFontMetrics(font);
        int longest = labelled
                ? Math.min(LONGEST_NAME, names.stream().mapToInt(metrics::stringWidth).max().orElseThrow()) : 0;
        int left = MARGIN + metrics.getHeight() + 8 + longest + 8;
        int top = MARGIN + 2 * metrics.getHeight() + 16 + (labelled ? columnNames(metrics) : 0);
        int size = cell * counts.length;
        var image = new BufferedImage(left + size + MARGIN, top + size + MARGIN, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
        cells(graphics, left, top);
        texts(graphics, left, top, size, image.getWidth());
        graphics.dispose();
        return bytes(image);
    }

    /** Names of columns that do not fit side by side stand upright. */
    private boolean upright(FontMetrics metrics) {
        return names.stream().mapToInt(metrics::stringWidth).max().orElseThrow() > cell - 4;
    }

    private int columnNames(FontMetrics metrics) {
        return upright(metrics)
                ? Math.min(LONGEST_NAME, names.stream().mapToInt(metrics::stringWidth).max().orElseThrow()) + 6
                : metrics.getHeight();
    }

    private void cells(Graphics2D graphics, int left, int top) {
        graphics.setFont(font);
        for (int target = 0; target < counts.length; target++) {
            long sum = Math.max(1, Arrays.stream(counts[target]).sum());
            for (int predicted = 0; predicted < counts.length; predicted++) {
                double share = (double) counts[target][predicted] / sum;
                int x = left + predicted * cell;
                int y = top + target * cell;
                graphics.setColor(shade(share));
                graphics.fillRect(x, y, cell, cell);
                if (labelled) {
                    graphics.setColor(new Color(0xDD, 0xDD, 0xDD));
                    graphics.drawRect(x, y, cell, cell);
                    String number = Long.toString(counts[target][predicted]);
                    graphics.setColor(share > 0.5 ? Color.WHITE
                            : counts[target][predicted] == 0 ? new Color(0xBB, 0xBB, 0xBB) : Color.BLACK);
                    graphics.setFont(fitting(graphics, number));
                    FontMetrics fitted = graphics.getFontMetrics();
                    graphics.drawString(number, x + (cell - fitted.stringWidth(number)) / 2,
                            y + (cell + fitted.getAscent() - fitted.getDescent()) / 2);
                    graphics.setFont(font);
                }
            }
        }
        graphics.setColor(Color.GRAY);
        graphics.drawRect(left, top, cell * counts.length, cell * counts.length);
    }

    private Font fitting(Graphics2D graphics, String number) {
        double width = graphics.getFontMetrics(font).stringWidth(number);
        return width <= cell - 6 ? font : font.deriveFont((float) Math.max(7, font.getSize() * (cell - 6) / width));
    }

    private static Color shade(double share) {
        double root = Math.sqrt(share); // small shares are what one looks for
        return new Color((int) (255 + (DARK.getRed() - 255) * root), (int) (255 + (DARK.getGreen() - 255) * root),
                (int) (255 + (DARK.getBlue() - 255) * root));
    }

    private void texts(Graphics2D graphics, int left, int top, int size, int width) {
        graphics.setColor(Color.BLACK);
        graphics.setFont(bold);
        FontMetrics boldMetrics = graphics.getFontMetrics();
        String title = "Confusion matrix";
        int middleOfTitle = Math.min(left + size / 2, width - MARGIN - boldMetrics.stringWidth(title) / 2);
        graphics.drawString(title, middleOfTitle - boldMetrics.stringWidth(title) / 2, MARGIN + 4);
        graphics.setFont(font);
        FontMetrics metrics = graphics.getFontMetrics();
        graphics.drawString("predicted", left + (size - metrics.stringWidth("predicted")) / 2,
                MARGIN + 12 + metrics.getHeight());
        upright(graphics, "target", MARGIN, top + (size + metrics.stringWidth("target")) / 2);
        if (!labelled) {
            return;
        }
        boolean upright = upright(metrics);
        for (int i = 0; i < names.size(); i++) {
            String name = shortened(metrics, names.get(i));
            int middle = i * cell + cell / 2;
            graphics.drawString(name, left - 8 - metrics.stringWidth(name), top + middle + metrics.getAscent() / 2 - 1);
            if (upright) {
                upright(graphics, name, left + middle + metrics.getAscent() / 2 - 1, top - 6);
            } else {
                graphics.drawString(name, left + middle - metrics.stringWidth(name) / 2, top - 6);
            }
        }
    }

    private static void upright(Graphics2D graphics, String text, int x, int y) {
        var before = graphics.getTransform();
        graphics.translate(x, y);
        graphics.rotate(-Math.PI / 2);
        graphics.drawString(text, 0, 0);
        graphics.setTransform(before);
    }

    private static String shortened(FontMetrics metrics, String name) {
        String text = name;
        while (metrics.stringWidth(text) > LONGEST_NAME) {
            text = text.substring(0, text.length() - 2) + "…";
        }
        return text;
    }

    private static byte[] bytes(BufferedImage image) {
        var bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("the picture cannot be drawn: " + e.getMessage(), e);
        }
        return bytes.toByteArray();
    }
}
