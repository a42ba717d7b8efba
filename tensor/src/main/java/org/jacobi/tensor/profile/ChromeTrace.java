package org.jacobi.tensor.profile;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;

/** Writes stretches in the Trace Event Format that Chrome's tracing and Perfetto read: complete events, in microseconds. */
final class ChromeTrace {
    private static final JsonFactory JSON = new JsonFactory();

    private ChromeTrace() {
    }

    static void write(Path file, List<Recorder> recorders, long start) throws IOException {
        try (OutputStream out = Files.newOutputStream(file); JsonGenerator json = JSON.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("displayTimeUnit", "ms");
            json.writeArrayFieldStart("traceEvents");
            for (Recorder recorder : recorders) {
                Thread thread = recorder.thread();
                json.writeStartObject();
                json.writeStringField("ph", "M");
                json.writeStringField("name", "thread_name");
                place(json, thread);
                json.writeObjectFieldStart("args");
                json.writeStringField("name", thread.getName().isEmpty() ? "thread " + thread.threadId()
                        : thread.getName());
                json.writeEndObject();
                json.writeEndObject();
                for (Stretch stretch : recorder.ended()) {
                    event(json, stretch, thread, start);
                }
            }
            json.writeEndArray();
            json.writeEndObject();
        }
    }

    private static void event(JsonGenerator json, Stretch stretch, Thread thread, long start) throws IOException {
        json.writeStartObject();
        json.writeStringField("ph", "X");
        json.writeStringField("name",
                stretch.activity() == Activity.BACKWARD ? stretch.name() + " backward" : stretch.name());
        json.writeStringField("cat", stretch.activity().label());
        place(json, thread);
        json.writeNumberField("ts", (stretch.start() - start) / 1e3);
        json.writeNumberField("dur", stretch.nanos() / 1e3);
        json.writeObjectFieldStart("args");
        json.writeNumberField("bytes taken", stretch.bytes());
        if (stretch.flop() > 0) {
            json.writeNumberField("GF/s", stretch.flop() / Math.max(1, stretch.nanos()));
        } else if (stretch.moved() > 0) {
            json.writeNumberField("GB/s", (double) stretch.moved() / Math.max(1, stretch.nanos()));
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void place(JsonGenerator json, Thread thread) throws IOException {
        json.writeNumberField("pid", 1);
        json.writeNumberField("tid", thread.threadId());
    }
}
