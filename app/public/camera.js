// The camera that reads a link's QR code: the element <qr-camera>, where the browser can read one.
//
// It puts what it has read, or why it cannot ("refused" or "missing"), into `data-says` and fires "scanned" or "failed".

// So long, in milliseconds, between two looks.
const PAUSE = 150;

class QrCamera extends HTMLElement {
  async connectedCallback() {
    try {
      const wish = { video: { facingMode: "environment" } };
      this.stream = await navigator.mediaDevices.getUserMedia(wish);
      if (!this.isConnected) return this.stop();
      const video = document.createElement("video");
      video.muted = video.playsInline = true;
      video.srcObject = this.stream;
      this.append(video);
      await video.play();
      await this.look(video);
    } catch (error) {
      this.stop();
      const refused = ["NotAllowedError", "SecurityError"].includes(error.name);
      if (this.isConnected) this.say("failed", refused ? "refused" : "missing");
    }
  }

  disconnectedCallback() {
    this.stop();
  }

  async look(video) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    while (this.isConnected) {
      const [code] = await detector.detect(video);
      if (code?.rawValue) return this.say("scanned", code.rawValue);
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  say(event, what) {
    this.dataset.says = what;
    this.dispatchEvent(new Event(event));
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
  }
}

const formats = await BarcodeDetector.getSupportedFormats();
if (formats.includes("qr_code")) customElements.define("qr-camera", QrCamera);
