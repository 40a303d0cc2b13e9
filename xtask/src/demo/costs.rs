//! What the stages cost, as a node of ours tells it.

use crate::failure::Ended;
use crate::scene::Node;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a node has computed so far.
pub struct Costs(Value);

impl Costs {
    /// Asks the node.
    pub fn of(node: &Node) -> Ended<Self> {
        node.costs().map(Self)
    }

    /// CPU seconds by stage.
    pub fn by_stage(&self) -> BTreeMap<String, f64> {
        self.each("cpu_s")
    }

    /// How often each stage ran to its end.
    pub fn runs(&self) -> BTreeMap<String, f64> {
        self.each("runs")
    }

    /// CPU seconds of the networks.
    pub fn inference(&self) -> f64 {
        self.0["inference_cpu_s"].as_f64().unwrap_or(0.)
    }

    fn each(&self, field: &str) -> BTreeMap<String, f64> {
        let stages = self.0["stages"].as_object().into_iter().flatten();
        let number = |stage: &Value| stage[field].as_f64().unwrap_or(0.);
        stages.map(|(name, stage)| (name.clone(), number(stage))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_stage_has_its_runs_and_its_seconds() {
        let stages = json!({ "align": { "runs": 2, "cpu_s": 1.5 } });
        let costs = Costs(json!({ "stages": stages, "inference_cpu_s": 7.0 }));
        assert_eq!(costs.runs(), [("align".to_owned(), 2.)].into());
        assert_eq!(costs.by_stage(), [("align".to_owned(), 1.5)].into());
        assert!((costs.inference() - 7.).abs() < f64::EPSILON);
    }
}
