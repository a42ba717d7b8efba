package org.jacobi.app;

import java.util.List;
import java.util.function.UnaryOperator;

import org.jacobi.layers.data.TensorBundle;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * Sounds and what is said in them.
 *
 * @param sounds  f32: a signal (1, T) or its spectrogram (1, F, T); of several (N, 1, F, T), with zeros behind the ends of shorter ones
 * @param letters i64: what is said (L); of several one after the other
 * @param frames  i64 (N): of several how many frames the network makes of each; null of one
 * @param lengths i64 (N): of several how many letters each has; null of one
 */
record Spoken(Tensor sounds, Tensor letters, Tensor frames, Tensor lengths) implements TensorBundle<Spoken> {
    Spoken(Tensor sound, Tensor letters) {
        this(sound, letters, null, null);
    }

    @Override
    public Spoken mapTensors(UnaryOperator<Tensor> function) {
        return new Spoken(function.apply(sounds), function.apply(letters),
                frames == null ? null : function.apply(frames), lengths == null ? null : function.apply(lengths));
    }

    /** Puts spectrograms of any lengths together. */
    static Spoken together(List<Spoken> all, long[] numbers) {
        long longest = all.stream().mapToLong(each -> each.sounds.size(-1)).max().orElseThrow();
        Tensor[] sounds = all.stream()
                .map(each -> each.sounds.pad(new long[] {0, longest - each.sounds.size(-1)}, 0))
                .toArray(Tensor[]::new);
        long[] frames = all.stream().mapToLong(each -> SpeechNetwork.halved(each.sounds.size(-1))).toArray();
        long[] lengths = all.stream().mapToLong(each -> each.letters.numel()).toArray();
        return new Spoken(Tensor.stack(0, sounds),
                Tensor.cat(0, all.stream().map(Spoken::letters).toArray(Tensor[]::new)).to(DType.I64),
                Tensor.of(frames, frames.length), Tensor.of(lengths, lengths.length));
    }
}
