package org.jacobi.layers.audio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import org.jacobi.layers.data.DataException;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.io.WholeFile;

/**
 * A sound of a WAV file: whole numbers of 8, 16, 24 or 32 bits, or floating-point ones of 32 or 64.
 *
 * <p>The JDK's own reader is in java.desktop, which sound has no other use for, and takes what a header says for granted.
 *
 * @param samples    (channels, T), f32, from -1 to 1
 * @param sampleRate samples a second
 */
public record Wav(Tensor samples, int sampleRate) {
    private static final int PCM = 1;
    private static final int FLOAT = 3;
    private static final int EXTENSIBLE = 0xFFFE;

    /** The size of data that were written into a pipe, so that nobody could go back and fill it in: they go on to the end. */
    private static final long UNKNOWN = 0xFFFFFFFFL;

    /** What a fmt chunk says. */
    private record Format(int kind, int channels, int rate, int bits) {
        /** Returns the bytes of one time. */
        int block() {
            return channels * bits / 8;
        }
    }

    /**
     * Reads a file.
     *
     * @throws DataException if the file is missing, no WAV file, packed in a way that is not read, or cut short; it names the offset
     */
    public static Wav read(Path file) {
        ByteBuffer bytes;
        try {
            if (Files.size(file) > Integer.MAX_VALUE - 8) {
                throw new DataException(file + ": has " + Files.size(file) + " bytes; files of up to 2 GB are read");
            }
            bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new DataException(file + ": cannot be read: " + e, e);
        }
        if (bytes.limit() < 12 || !name(bytes, 0).equals("RIFF") || !name(bytes, 8).equals("WAVE")) {
            throw new DataException(file + ": begins with \"" + (bytes.limit() < 12 ? "" : name(bytes, 0) + "…"
                    + name(bytes, 8)) + "\" and has " + bytes.limit() + " bytes, expected \"RIFF…WAVE\": no WAV file");
        }
        Format format = null;
        for (long at = 12; at + 8 <= bytes.limit();) {
            String chunk = name(bytes, (int) at);
            long size = bytes.getInt((int) at + 4) & 0xFFFFFFFFL;
            long begin = at + 8;
            if (chunk.equals("data") && size == UNKNOWN && format != null) {
                size = (bytes.limit() - begin) / format.block() * format.block();
            }
            if ((chunk.equals("fmt ") || chunk.equals("data")) && begin + size > bytes.limit()) {
                throw new DataException(file + ": the chunk \"" + chunk + "\" at offset " + at + " has " + size
                        + " bytes, but " + (bytes.limit() - begin) + " are there; the file is cut short");
            }
            if (chunk.equals("fmt ")) {
                format = format(file, bytes, (int) begin, size);
            } else if (chunk.equals("data")) {
                if (format == null) {
                    throw new DataException(file + ": the chunk \"data\" at offset " + at + " comes before \"fmt \"");
                }
                return new Wav(samples(file, bytes, (int) begin, size, format), format.rate);
            }
            // Chunks begin at even offsets.
            at = begin + size + (size & 1);
        }
        throw new DataException(file + ": has no chunk \"" + (format == null ? "fmt " : "data") + "\"");
    }

    private static String name(ByteBuffer bytes, int at) {
        return new String(bytes.array(), at, 4, StandardCharsets.ISO_8859_1);
    }

    private static Format format(Path file, ByteBuffer bytes, int at, long size) {
        if (size < 16) {
            throw new DataException(file + ": the chunk \"fmt \" at offset " + (at - 8) + " has " + size
                    + " bytes, expected at least 16");
        }
        int kind = bytes.getShort(at) & 0xFFFF;
        if (kind == EXTENSIBLE && size >= 26) {
            kind = bytes.getShort(at + 24) & 0xFFFF;
        }
        Format format = new Format(kind, bytes.getShort(at + 2) & 0xFFFF, bytes.getInt(at + 4),
                bytes.getShort(at + 14) & 0xFFFF);
        boolean known = kind == PCM ? format.bits % 8 == 0 && format.bits >= 8 && format.bits <= 32
                : kind == FLOAT && (format.bits == 32 || format.bits == 64);
        if (!known) {
            throw new DataException(file + ": holds format " + kind + " of " + format.bits
                    + " bits (offset " + at
                    + "), expected 1 (whole numbers of 8, 16, 24 or 32 bits) or 3 (floating-point,"
                    + " 32 or 64)");
        }
        int block = bytes.getShort(at + 12) & 0xFFFF;
        if (format.channels < 1 || format.rate < 1 || block != format.block()) {
            throw new DataException(file + ": says at offset " + at + " that it has " + format.channels + " channels, "
                    + format.rate + " samples a second and " + block + " bytes for each time; expected positive numbers"
                    + " and " + format.block() + " bytes");
        }
        return format;
    }

    private static Tensor samples(Path file, ByteBuffer bytes, int at, long size, Format format) {
        int width = format.bits / 8;
        if (size == 0 || size % (width * format.channels) != 0) {
            throw new DataException(file + ": the chunk \"data\" at offset " + (at - 8) + " has " + size
                    + " bytes, expected a multiple of " + width * format.channels + " that is not 0");
        }
        int times = (int) (size / (width * format.channels));
        float[] samples = new float[times * format.channels];
        for (int t = 0; t < times; t++) {
            for (int c = 0; c < format.channels; c++) {
                float sample = sample(bytes, at + (t * format.channels + c) * width, format);
                if (!Float.isFinite(sample)) {
                    throw new DataException(file + ": sample " + t + " of channel " + c + " is " + sample
                            + ", expected a finite number");
                }
                samples[c * times + t] = sample;
            }
        }
        return Tensor.of(samples, format.channels, times);
    }

    private static float sample(ByteBuffer bytes, int at, Format format) {
        if (format.kind == FLOAT) {
            return format.bits == 32 ? bytes.getFloat(at) : (float) bytes.getDouble(at);
        }
        return switch (format.bits) {
            case 8 -> ((bytes.get(at) & 0xFF) - 128) / 128f;
            case 16 -> bytes.getShort(at) / 32768f;
            case 24 -> (bytes.getShort(at) & 0xFFFF | bytes.get(at + 2) << 16) / 8388608f;
            default -> bytes.getInt(at) / 2147483648f;
        };
    }

    /**
     * Writes a file of 16 bits a sample; numbers beyond ±1 are cut.
     *
     * @throws DataException if the file cannot be written
     */
    public void save(Path file) {
        save(file, 16);
    }

    /**
     * Writes a file.
     *
     * @param bits 8, 16, 24 for whole numbers, of which those beyond ±1 are cut; 32 for floating-point ones
     * @throws DataException if the file cannot be written
     */
    public void save(Path file, int bits) {
        if (bits != 8 && bits != 16 && bits != 24 && bits != 32 || samples.rank() != 2 || samples.numel() == 0
                || samples.size(0) > 255 || sampleRate < 1) {
            throw new IllegalArgumentException("Wav: samples of shape " + samples.shape() + " at " + sampleRate
                    + " a second in " + bits
                    + " bits; expected (channels, T), a positive rate, and 8, 16, 24 or 32 bits");
        }
        int channels = (int) samples.size(0);
        int times = (int) samples.size(1);
        int size = Math.multiplyExact(channels * times, bits / 8);
        int padded = size + (size & 1);
        ByteBuffer bytes = ByteBuffer.allocate(44 + padded).order(ByteOrder.LITTLE_ENDIAN);
        put(bytes, "RIFF").putInt(36 + padded);
        put(bytes, "WAVE");
        put(bytes, "fmt ").putInt(16).putShort((short) (bits == 32 ? FLOAT : PCM)).putShort((short) channels)
                .putInt(sampleRate).putInt(sampleRate * channels * bits / 8).putShort((short) (channels * bits / 8))
                .putShort((short) bits);
        put(bytes, "data").putInt(size);
        float[] numbers = samples.toFloatArray();
        for (int t = 0; t < times; t++) {
            for (int c = 0; c < channels; c++) {
                put(bytes, numbers[c * times + t], bits);
            }
        }
        try {
            WholeFile.write(file, bytes.array());
        } catch (IOException e) {
            throw new DataException(file + ": cannot be written: " + e, e);
        }
    }

    private static ByteBuffer put(ByteBuffer bytes, String name) {
        return bytes.put(name.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static void put(ByteBuffer bytes, float sample, int bits) {
        if (bits == 32) {
            bytes.putFloat(sample);
            return;
        }
        int most = 1 << bits - 1;
        int number = (int) Math.max(-most, Math.min(most - 1, Math.rint(sample * (double) most)));
        switch (bits) {
            case 8 -> bytes.put((byte) (number + 128));
            case 16 -> bytes.putShort((short) number);
            default -> bytes.putShort((short) number).put((byte) (number >> 16));
        }
    }

    /** Returns this with one channel, the mean of all. */
    public Wav mono() {
        return samples.size(0) == 1 ? this : new Wav(samples.mean(true, 0), sampleRate);
    }

    /** Returns this at another rate: {@link Audio#resample}. */
    public Wav resample(int rate) {
        return rate == sampleRate ? this : new Wav(Audio.resample(samples, sampleRate, rate), rate);
    }
}
