//! temporary
use crate::request::*; use crate::response::*; use std::io::Read;
/// t
#[derive(Default)] pub struct ClientSettings { /// t
 pub insecure: bool }
/// t
pub struct Client(ureq::Agent);
impl Client { /// t
 pub fn new(_s: ClientSettings) -> Client { Client(ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).allow_non_standard_methods(true).user_agent("resttest/0.1.0").build().new_agent()) } }
impl Exchange for Client {
 fn send(&self, request: &Request) -> Result<Response, ExchangeError> {
  let err=|kind,m:String| ExchangeError{kind,message:m,timing:Box::default()};
  let t=crate::url::target(&request.url).map_err(|m| err(ErrorKind::Url,m))?;
  let mut b=ureq::http::Request::builder().method(request.method.as_str()).uri(t.uri.as_str());
  for (n,v) in &request.headers { b=b.header(n,v); }
  if let Some((u,p))=&request.basic_auth { b=b.header("authorization", format!("Basic {}", crate::secrets::base64(format!("{u}:{p}").as_bytes()))); }
  let body=request.body.as_ref().map(|b| b.to_vec());
  let r = match body { Some(v)=> { let r=b.body(v).map_err(|e| err(ErrorKind::Url,e.to_string()))?; self.0.run(self.0.configure_request(r).timeout_global(request.timeout).build()) }, None=>{ let r=b.body(()).map_err(|e| err(ErrorKind::Url,e.to_string()))?; self.0.run(self.0.configure_request(r).timeout_global(request.timeout).build()) } };
  let mut r=r.map_err(|e| err(ErrorKind::Connect,e.to_string()))?;
  let mut out=Response::new(r.status().as_u16(), vec![]);
  out.headers=r.headers().iter().map(|(n,v)| (n.to_string(), v.as_bytes().iter().map(|b| *b as char).collect())).collect();
  r.body_mut().as_reader().read_to_end(&mut out.body).map_err(|e| err(ErrorKind::Disconnected,e.to_string()))?;
  out.timing.size_download=out.body.len() as u64; out.timing.size_upload=request.body.as_ref().map_or(0,|b| b.len() as u64);
  Ok(out)
 }
}
