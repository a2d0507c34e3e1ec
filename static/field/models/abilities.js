// What this browser lacks, in words: why a part is off and what to do. Nothing here stops a page from opening.

import { t } from "../../helpers/i18n.js";

/** Faults as [{ what, blocks, title, text }]; `blocks` means that no check can be kept on this phone. */
export function lacks(world = globalThis) {
  const found = [];
  if (!world.isSecureContext || !world.crypto?.subtle) found.push(insecure());
  if (!world.indexedDB) found.push(noStorage());
  if (!world.navigator?.geolocation) found.push(noPosition());
  return found;
}

function insecure() {
  return {
    what: "secure",
    blocks: true,
    title: t("这个网址不安全，不能做检查"),
    text: t("定位、照片校验和离线保存只能在 https 网址下使用。请改用单位发布的 https 地址打开；自签证书要先由管理员装到手机上。"),
  };
}

function noStorage() {
  return {
    what: "storage",
    blocks: true,
    title: t("浏览器不让保存数据，不能做检查"),
    text: t("无痕浏览或禁用了网站数据时，照片和记录会丢失。请关闭无痕模式，或换用系统自带浏览器打开。"),
  };
}

function noPosition() {
  return {
    what: "position",
    blocks: false,
    title: t("这个浏览器没有定位功能"),
    text: t("检查照常可以做，位置一步请选“无法定位”的原因。换用系统自带浏览器可以定位。"),
  };
}

/** Opening the database is the only sure test: some browsers offer it and then refuse. */
export function storageRefused() {
  return noStorage();
}
