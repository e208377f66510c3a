//! `executor.json`: who ran the tests, as CI systems say it.

use serde_json::{Value, json};

use super::AllureForm;

/// The CI job; a machine of no such system is named by its host.
pub fn executor(form: &AllureForm) -> Value {
    let Some(job) = form.job.as_deref() else {
        return json!({"name": form.host.as_deref().unwrap_or("resttest"), "type": "local", "reportName": "resttest"});
    };
    let mut executor = json!({"name": job.system, "type": job.kind, "reportName": "resttest"});
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            executor[key] = value;
        }
    };
    let number = job.number.as_deref();
    put("url", job.home.as_deref().map(Value::from));
    put("buildOrder", number.and_then(|number| number.parse::<u64>().ok()).map(Value::from));
    let title: Vec<String> = job.name.iter().cloned().chain(number.map(|number| format!("#{number}"))).collect();
    put("buildName", Some(title.join(" ").into()));
    put("buildUrl", job.page.as_deref().map(Value::from));
    executor
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::ci_job::CiJob;

    #[test]
    fn a_job_is_told_as_allure_tells_it() {
        let of = |job: Option<CiJob>| {
            executor(&AllureForm { job: job.map(Box::new), host: Some("box".to_owned()), ..AllureForm::default() })
        };
        assert_eq!(of(None), json!({"name": "box", "type": "local", "reportName": "resttest"}));
        let text = |text: &str| Some(text.to_owned());
        let job = CiJob {
            system: "GitHub Actions",
            kind: "github",
            name: text("tests"),
            number: text("5"),
            page: text("https://github.com/a/b/actions/runs/77"),
            home: text("https://github.com"),
            ..CiJob::default()
        };
        let expected = json!({
            "name": "GitHub Actions", "type": "github", "reportName": "resttest", "url": "https://github.com",
            "buildOrder": 5, "buildName": "tests #5", "buildUrl": "https://github.com/a/b/actions/runs/77",
        });
        assert_eq!(of(Some(job)), expected);
    }
}
