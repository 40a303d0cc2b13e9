//! Which timepoints are measured, which are shown, and what they are called.

use interval_core::assessment::{Assessment, Findings};
use interval_core::units::Days;

use crate::conclusion::{Conclusion, Standing};
use crate::findings::Approval;

/// Most timepoints side by side in a table; more would need letters too small to read.
pub const COLUMNS_MAX: usize = 6;

/// A patient's timepoints as the report shows them.
#[derive(Debug)]
pub struct Timeline<'a> {
    pub assessment: &'a Assessment,
    pub standing: Standing,
}

impl<'a> Timeline<'a> {
    pub fn new(assessment: &'a Assessment) -> Self {
        Self { assessment, standing: Conclusion::of(assessment, &Approval::None).standing }
    }

    /// The timepoints that were measured: a study that is not evaluable has no volumes.
    pub fn measured(&self) -> &'a [Findings] {
        let timepoints = &self.assessment.timepoints;
        match self.standing {
            Standing::NotEvaluable => &timepoints[..timepoints.len().saturating_sub(1)],
            _ => timepoints,
        }
    }

    /// Index of the current timepoint.
    pub fn current(&self) -> usize {
        self.assessment.timepoints.len().saturating_sub(1)
    }

    /// Indices of the timepoints that a table shows: all, or the reference, the nadir and the
    /// latest.
    pub fn columns(&self) -> Vec<usize> {
        let count = self.assessment.timepoints.len();
        let mut shown = vec![self.assessment.reference, self.assessment.nadir];
        for index in (0..count).rev() {
            shown.sort_unstable();
            shown.dedup();
            if shown.len() >= COLUMNS_MAX {
                break;
            }
            shown.push(index);
        }
        shown.retain(|index| *index < count);
        shown.sort_unstable();
        shown.dedup();
        shown
    }

    /// What a timepoint is to the others: "earliest available", "nadir", "current".
    pub fn roles(&self, index: usize) -> Vec<&'static str> {
        let mut roles = Vec::new();
        let alone = self.assessment.timepoints.len() == 1;
        if index == self.assessment.reference && !alone {
            roles.push(self.assessment.reference_kind.as_str());
        }
        if index == self.assessment.nadir && !alone {
            roles.push("nadir");
        }
        if index == self.current() {
            roles.push("current");
        }
        roles
    }

    /// Days since the reference; nothing when a date is missing.
    pub fn days_since_reference(&self, index: usize) -> Option<Days> {
        let timepoints = &self.assessment.timepoints;
        let reference = timepoints.get(self.assessment.reference)?.date?;
        Some(reference.until(timepoints.get(index)?.date?))
    }

    /// The name of a timepoint: its date, or its number.
    pub fn name(&self, index: usize) -> String {
        let date = self.assessment.timepoints.get(index).and_then(|at| at.date);
        date.map_or_else(|| format!("study {} (no date)", index + 1), |date| date.to_string())
    }
}
