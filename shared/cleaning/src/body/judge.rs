//! How likely each line is part of the body.

use std::sync::OnceLock;

use super::context::{add_context, byte_of};
use super::features::table_of;
use super::forest::Forest;
use super::scene::Scene;

/// The model that finds the body: the forests of the first and the second look.
#[derive(Debug)]
pub struct BodyModel {
    first: Forest,
    second: Forest,
}

impl BodyModel {
    /// Reads the two model files; `None` where one is broken. For trying another model than the
    /// one that is built in.
    pub fn parse(first: &str, second: &str) -> Option<Self> {
        let first = Forest::parse(first)?;
        let second = Forest::parse(second)?;
        Some(Self { first, second })
    }

    /// The model that is built in. `None` only where the files of the build are broken, which
    /// `the_model_fits_the_features` rules out.
    fn built_in() -> Option<&'static Self> {
        static MODEL: OnceLock<Option<BodyModel>> = OnceLock::new();
        MODEL
            .get_or_init(|| {
                Self::parse(
                    include_str!("../../model/first.txt"),
                    include_str!("../../model/second.txt"),
                )
            })
            .as_ref()
    }
}

/// Lines of a page that the model looks at. A page with more is no story but a list or an attack;
/// its lines are judged by their shape alone, so that memory stays bounded.
const LINES: usize = 20_000;

/// Probability of each line, by `model` or the one that is built in.
pub(crate) fn probabilities(scene: &Scene<'_>, model: Option<&BodyModel>) -> Vec<f32> {
    let model = match model {
        Some(model) => Some(model),
        None => BodyModel::built_in(),
    };
    let Some(model) = model.filter(|_| scene.shapes.len() <= LINES) else {
        return scene
            .shapes
            .iter()
            .map(|shape| f32::from(u8::from(shape.is_story())))
            .collect();
    };
    let mut table = table_of(scene, false);
    let first = model.first.probabilities(&table);
    let bytes: Vec<u8> = first.iter().copied().map(byte_of).collect();
    add_context(&mut table, scene, &bytes);
    let second = model.second.probabilities(&table);
    // The second look is surer than it should be of a page that the first was wrong about, so both
    // count.
    let both = first.iter().zip(second);
    both.map(|(first, second)| (first + second) / 2.0).collect()
}

#[cfg(test)]
mod tests {
    use super::super::table::{features_mark, line_table};
    use super::*;

    #[test]
    fn the_model_fits_the_features() {
        let html = "<html><p>One line.</p>";
        let model = BodyModel::built_in().expect("the model files are sound");
        let first = line_table(html, None).features;
        let second = line_table(html, Some(&[100])).features;
        assert!(model.first.highest_feature() < first.len());
        assert!(model.second.highest_feature() < second.len());
        let texts = [
            include_str!("../../model/first.txt"),
            include_str!("../../model/second.txt"),
        ];
        for (text, features) in texts.into_iter().zip([first, second]) {
            let mark = format!("# features {}", features_mark(&features));
            assert_eq!(
                text.lines().next(),
                Some(mark.as_str()),
                "trained on other features"
            );
        }
    }
}
