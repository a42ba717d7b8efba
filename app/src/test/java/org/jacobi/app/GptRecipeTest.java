package org.jacobi.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.jacobi.layers.train.Json;
import org.junit.jupiter.api.Test;

class GptRecipeTest {
    @Test
    void everyComponentCanBeSet() {
        List<String> settings = new ArrayList<>();
        new GptRecipe.SettingNames().forEach(settings::add);
        assertEquals(
                Arrays.stream(GptRecipe.class.getRecordComponents()).map(component -> component.getName()).toList(),
                settings);
    }

    @Test
    void presetsFit() {
        for (String name : new GptRecipe.PresetNames()) {
            assertEquals(List.of(), GptRecipe.preset(name).problems(), name);
        }
    }

    @Test
    void setChangesOneComponent() {
        GptRecipe before = GptRecipe.preset("shakespeare-cpu");
        GptRecipe after = before.with("layers", "7").with("lr", "3e-3").with("bias", "true");
        assertEquals(7, after.layers());
        assertEquals(3e-3, after.lr());
        assertTrue(after.bias());
        assertEquals(before, after.with("layers", "4").with("lr", "0.001").with("bias", "false"));
        assertTrue(after.has("lr", "0.003"));
        assertFalse(after.has("layers", "4"));
    }

    @Test
    void survivesJson() {
        GptRecipe recipe = GptRecipe.preset("shakespeare-gpu").with("lr", "0.1234567890123456789");
        assertEquals(recipe, Json.read(Json.write(recipe), GptRecipe.class));
    }
}
