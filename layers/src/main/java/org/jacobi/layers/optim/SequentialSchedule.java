package org.jacobi.layers.optim;

import java.util.Arrays;
import java.util.List;

/**
 * Schedules one after the other, each of which counts its steps from 0, as torch.optim.lr_scheduler.SequentialLR: a warm-up and what
 * follows it, for one.
 */
public final class SequentialSchedule implements Schedule {
    private final List<Schedule> schedules;
    private final long[] milestones;

    /**
     * Makes a schedule.
     *
     * @param milestones the steps that the second schedule and those after it begin with, rising
     */
    public SequentialSchedule(List<Schedule> schedules, long... milestones) {
        this.schedules = List.copyOf(schedules);
        this.milestones = milestones.clone();
        if (schedules.size() != milestones.length + 1) {
            throw new IllegalArgumentException("SequentialSchedule: " + schedules.size() + " schedules need "
                    + (schedules.size() - 1) + " milestones, got " + milestones.length);
        }
        MultiStepSchedule.requireRising("SequentialSchedule", milestones);
    }

    @Override
    public double at(long step) {
        int which = (int) Arrays.stream(milestones).filter(milestone -> milestone <= step).count();
        return schedules.get(which).at(which == 0 ? step : step - milestones[which - 1]);
    }
}
